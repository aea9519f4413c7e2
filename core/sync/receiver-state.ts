import type { Differences } from './compare.ts';
import type { Leaf } from './frame.ts';
import type { Runs } from './runs.ts';

/** What a receiver waits for; a repair is either of the last two. */
export type AskKind = 'root' | 'sums' | 'listings' | 'differences' | 'snapshot';

/** All that a receiver knows of one lane of a gateway. Times are its own, in milliseconds; 0 is long ago. */
export interface ReceiverState {
  /** −1 before the first frame. */
  epoch: number;
  /** Of frames with readings: it and all before it have come, or are given up. */
  contiguous: number;
  highest: number;
  /** What has come behind a gap. */
  ahead: Runs;
  gapSinceMs: number;
  /** How often the first gap was asked for since the gateway was heard. */
  gapAsks: number;
  heardAtMs: number;
  asked?: { readonly kind: AskKind; readonly atMs: number } | undefined;
  verifyAtMs: number;
  /** To be listed in this verification. */
  buckets: readonly number[];
  /** Listed in this verification. */
  found: Differences;
  /** Leaves with their stamps, as text, of the repair before: what is found again has not been repaired by it. */
  suspects: readonly string[];
  stalls: number;
  hadSnapshot: boolean;
  isAlarmed: boolean;
  acked: number;
  ackedAtMs: number;
  isAckDue: boolean;
}

export const NOTHING_HEARD: ReceiverState = {
  epoch: -1,
  contiguous: 0,
  highest: 0,
  ahead: [],
  gapSinceMs: 0,
  gapAsks: 0,
  heardAtMs: 0,
  verifyAtMs: 0,
  buckets: [],
  found: { wanted: [], heard: [] },
  suspects: [],
  stalls: 0,
  hadSnapshot: false,
  isAlarmed: false,
  acked: 0,
  ackedAtMs: 0,
  isAckDue: false,
};

/** Of the text below. Another one is read as `NOTHING_HEARD`: what is forgotten is asked for, and found out. */
const FORMAT = 1;

interface Saved extends Omit<ReceiverState, 'found'> {
  readonly format: number;
  readonly found: { readonly wanted: readonly SavedLeaf[]; readonly heard: readonly SavedLeaf[] };
}
type SavedLeaf = Omit<Leaf, 'stamp'> & { readonly stamp: string };

/** JSON, stamps as decimal text. */
export function encodeState(state: ReceiverState): string {
  const { wanted, heard } = state.found;
  const found = { wanted: wanted.map(savedLeaf), heard: heard.map(savedLeaf) };
  return JSON.stringify({ format: FORMAT, ...state, found } satisfies Saved);
}

/** Throws on what `encodeState` has not written. */
export function decodeState(text: string): ReceiverState {
  const { format, found, ...state }: Saved = JSON.parse(text);
  if (format !== FORMAT) return NOTHING_HEARD;
  return { ...state, found: { wanted: found.wanted.map(leafOf), heard: found.heard.map(leafOf) } };
}

function savedLeaf(leaf: Leaf): SavedLeaf {
  return { ...leaf, stamp: String(leaf.stamp) };
}

function leafOf(saved: SavedLeaf): Leaf {
  return { ...saved, stamp: BigInt(saved.stamp) };
}
