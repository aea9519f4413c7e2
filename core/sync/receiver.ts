/**
 * The receiver's side of one lane of a gateway, without clock, network and mirror. What frames say is applied by whoever
 * calls, in whatever order they come: dots make that harmless. This machine only finds out what is missing and asks for it.
 */

import { chunkDifferences } from './chunk-differences.ts';
import type { Ack, Ask, ResyncRequest } from './command.ts';
import { compareListings, differingBuckets, dotKeyOf, estimatedAssets, NO_DIFFERENCES, observedBy } from './compare.ts';
import { rootOf, sumsOf } from './digest.ts';
import type { Heartbeat, Leaf, SyncFrame } from './frame.ts';
import type { ReceiverOptions } from './receiver-options.ts';
import { type AskKind, NOTHING_HEARD, type ReceiverState } from './receiver-state.ts';
import { countOf, gapsIn, numbersFrom, withNumber } from './runs.ts';

export type ReceiverOutput =
  | { readonly kind: 'request'; readonly request: ResyncRequest }
  | { readonly kind: 'ack'; readonly ack: Ack }
  /** What the twins' contexts hold is wanted: read it, and call `compare` with it before the next frame. */
  | {
      readonly kind: 'compare';
      readonly heartbeat: Heartbeat;
      /** Those of the digest whose assets matter; absent, all. */
      readonly buckets?: ReadonlySet<number>;
    }
  /** Both sides hold the same, but for what may be under way. */
  | { readonly kind: 'verified' }
  /** Frames that never came and will not: of `log` attributes, readings are lost. */
  | { readonly kind: 'frames-lost'; readonly count: number }
  /** A mismatch that asking does not change; once, until both sides hold the same again. */
  | { readonly kind: 'alarm'; readonly leaves: readonly Leaf[] };

type Outputs = readonly ReceiverOutput[];

export interface Receiver {
  take(frame: SyncFrame, nowMs: number): Outputs;
  /** @param heard the highest dots that the twins' contexts hold of this gateway's sensors, in this lane */
  compare(heartbeat: Heartbeat, heard: readonly Leaf[], nowMs: number): Outputs;
  tick(nowMs: number): Outputs;
  /** Whether time alone brings something about: a gap, or an answer that does not come. */
  isWaiting(nowMs: number): boolean;
  state(): ReceiverState;
}

/** Requests at a time, one a gap. */
const GAPS_ASKED_MAX = 32;
/** Gaps behind which is remembered what came; a frame beyond them counts as missing and is sent again. */
const GAPS_MAX = 1000;
/** A frame that was asked for as often, of a gateway that speaks, will not come. */
const GAP_ASKS_MAX = 20;
/** Leaves repaired in one round. */
const DIFFERENCES_MAX = 1000;
/** Of these, as many are remembered until the next. */
const SUSPECTS_MAX = 64;
/** As often a repair may leave a difference as it was. */
const STALLS_MAX = 2;
export function createReceiver(options: ReceiverOptions, saved: ReceiverState = NOTHING_HEARD): Receiver {
  const { gateway, lane } = options;
  const state = { ...saved };

  const request = (ask: Ask): ReceiverOutput => ({ kind: 'request', request: { lane, epoch: state.epoch, ask } });

  const ask = (next: Ask & { readonly kind: AskKind }, nowMs: number): Outputs => {
    state.asked = { kind: next.kind, atMs: nowMs };
    return [request(next)];
  };

  /** A verification is over, whichever way it went. */
  const settle = (verifyAtMs: number): void => {
    const { buckets, found, suspects, stalls, hadSnapshot } = NOTHING_HEARD;
    Object.assign(state, { buckets, found, suspects, stalls, hadSnapshot, asked: undefined, verifyAtMs });
  };

  /** The first frames of a start may be under way for a while: only then is looked at what it has forgotten. */
  const begin = (epoch: number, nowMs: number): void => {
    const { isAlarmed } = state;
    const verifyAtMs = nowMs + options.mergeGraceMs;
    Object.assign(state, NOTHING_HEARD, { epoch, isAlarmed, verifyAtMs, asked: undefined });
  };

  const matched = (nowMs: number): Outputs => {
    settle(nowMs + options.verifyIntervalMs);
    state.isAlarmed = false;
    return [{ kind: 'verified' }];
  };

  const advance = (to: number, nowMs: number): void => {
    if (to <= state.contiguous) return;
    const [next] = numbersFrom(state.ahead, to + 1);
    state.contiguous = next?.[0] === to + 1 ? next[1] : to;
    state.highest = Math.max(state.highest, state.contiguous);
    state.ahead = numbersFrom(state.ahead, state.contiguous + 1);
    state.gapSinceMs = nowMs;
    state.gapAsks = 0;
  };

  /** The sender holds what was acknowledged long enough ago: that did not arrive. */
  const noteHeld = (nowMs: number): void => {
    if (nowMs - state.ackedAtMs >= options.answerTimeoutMs) state.isAckDue = true;
  };

  const note = (sequence: number, hasReadings: boolean, nowMs: number): void => {
    if (state.contiguous === state.highest && sequence > state.highest) state.gapSinceMs = nowMs;
    state.highest = Math.max(state.highest, sequence);
    if (!hasReadings) return;
    if (sequence <= state.acked) noteHeld(nowMs);
    if (sequence === state.contiguous + 1) advance(sequence, nowMs);
    else if (sequence > state.contiguous && state.ahead.length < GAPS_MAX) {
      state.ahead = withNumber(state.ahead, sequence);
    }
  };

  /** What has come of it, the digest tells when all that may be under way has come. */
  const giveUp = (upTo: number, nowMs: number): Outputs => {
    const behind = numbersFrom(state.ahead, state.contiguous + 1);
    const came = countOf(behind) - countOf(numbersFrom(behind, upTo + 1));
    const count = upTo - state.contiguous - came;
    advance(upTo, nowMs);
    if (count <= 0) return [];
    settle(nowMs + options.mergeGraceMs);
    return [{ kind: 'frames-lost', count }];
  };

  const hear = (heartbeat: Heartbeat, nowMs: number): Outputs => {
    const { heldFrom } = heartbeat.digest;
    if (heldFrom <= state.acked) noteHeld(nowMs);
    const lost = giveUp(heldFrom - 1, nowMs);
    if (lost.length > 0) return lost;
    const { asked } = state;
    if (asked?.kind === 'differences' || asked?.kind === 'snapshot') {
      // All of it is sent; it is looked at again when it must have been merged.
      state.asked = undefined;
      state.verifyAtMs = nowMs + options.mergeGraceMs;
      return [];
    }
    if (!isToCompare(heartbeat, nowMs)) return [];
    const { listings } = heartbeat.digest;
    return [
      {
        kind: 'compare',
        heartbeat,
        ...(asked?.kind === 'listings' && listings && { buckets: new Set(listings.keys()) }),
      },
    ];
  };

  const isToCompare = ({ sequence, digest }: Heartbeat, nowMs: number): boolean => {
    const { asked, contiguous, highest } = state;
    if (asked?.kind === 'listings') return digest.listings !== undefined;
    // A digest is of all frames up to one: with one more or one less the receiver's is another.
    if (contiguous !== sequence || highest !== sequence) return false;
    if (asked?.kind === 'sums') return digest.sums !== undefined;
    return asked?.kind === 'root' || nowMs >= state.verifyAtMs;
  };

  const compareSums = (theirs: readonly bigint[], assets: number, heard: readonly Leaf[], nowMs: number): Outputs => {
    const buckets = differingBuckets(sumsOf(gateway, heard), theirs);
    if (buckets.length === 0) return matched(nowMs);
    // A snapshot tells nothing of what the sender does not know; so it is asked for once, and not for that.
    const unknownToThem = Math.max(0, new Set(heard.map(({ assetId }) => assetId)).size - assets);
    const differing = estimatedAssets(buckets, heard, nowMs - options.mergeGraceMs) - unknownToThem;
    if (!state.hadSnapshot && differing > options.divergenceThreshold * assets) {
      state.hadSnapshot = true;
      return ask({ kind: 'snapshot' }, nowMs);
    }
    state.buckets = buckets;
    state.found = NO_DIFFERENCES;
    return ask({ kind: 'listings', buckets }, nowMs);
  };

  const compareListed = (
    listings: ReadonlyMap<number, readonly Leaf[]>,
    heard: readonly Leaf[],
    nowMs: number,
  ): Outputs => {
    const listed = new Map([...listings].filter(([bucket]) => state.buckets.includes(bucket)));
    // An answer to what was asked before.
    if (listed.size === 0) return [];
    const differences = observedBy(compareListings(heard, listed), nowMs - options.mergeGraceMs);
    state.found = {
      heard: [...state.found.heard, ...differences.heard].slice(0, DIFFERENCES_MAX),
      wanted: [...state.found.wanted, ...differences.wanted].slice(0, DIFFERENCES_MAX),
    };
    state.buckets = state.buckets.filter((bucket) => !listed.has(bucket));
    const isEnough = state.found.wanted.length + state.found.heard.length >= DIFFERENCES_MAX;
    if (state.buckets.length > 0 && !isEnough) {
      return ask({ kind: 'listings', buckets: state.buckets }, nowMs);
    }
    return repair(nowMs);
  };

  const repair = (nowMs: number): Outputs => {
    const { heard } = state.found;
    const found = { heard, wanted: state.found.wanted.slice(0, DIFFERENCES_MAX - heard.length) };
    const leaves = [...found.heard, ...found.wanted];
    if (leaves.length === 0) return matched(nowMs);
    const suspects = new Set(state.suspects);
    const stuck = leaves.filter((leaf) => suspects.has(dotKeyOf(leaf)));
    state.stalls = stuck.length > 0 ? state.stalls + 1 : 0;
    if (state.stalls === STALLS_MAX) {
      settle(nowMs + options.verifyIntervalMs);
      if (state.isAlarmed) return [];
      state.isAlarmed = true;
      return [{ kind: 'alarm', leaves: stuck }];
    }
    state.suspects = leaves.slice(0, SUSPECTS_MAX).map(dotKeyOf);
    state.found = NO_DIFFERENCES;
    return chunkDifferences(found, options.bytesMax).flatMap((part) => ask({ kind: 'differences', ...part }, nowMs));
  };

  const ack = (nowMs: number): Outputs => {
    const { epoch, contiguous } = state;
    const isNews = contiguous > state.acked && nowMs - state.ackedAtMs >= options.ackIntervalMs;
    if (!isNews && !state.isAckDue) return [];
    Object.assign(state, { acked: contiguous, ackedAtMs: nowMs, isAckDue: false });
    return [{ kind: 'ack', ack: { lane, epoch, sequence: contiguous, refused: [] } }];
  };

  /** After the grace, the frames of the first gaps: on a bad line, gaps come faster than answers. */
  const askForGap = (nowMs: number): Outputs => {
    const { contiguous, highest, gapSinceMs } = state;
    if (contiguous === highest || nowMs - gapSinceMs < options.reorderGraceMs) return [];
    const last = (state.ahead[0]?.[0] ?? highest + 1) - 1;
    if (state.gapAsks === GAP_ASKS_MAX) return giveUp(last, nowMs);
    const pauseMs = options.answerTimeoutMs - options.reorderGraceMs;
    if (state.heardAtMs > gapSinceMs - pauseMs) state.gapAsks += 1;
    state.gapSinceMs = nowMs + pauseMs;
    const gaps = gapsIn(state.ahead, contiguous + 1, highest).slice(0, GAPS_ASKED_MAX);
    return gaps.map(([from, to]) => request({ kind: 'frames', first: from, last: to }));
  };

  /** What was not answered, once more; after a repair of which nothing was heard, from the beginning. */
  const askAgain = (nowMs: number): Outputs => {
    const { asked } = state;
    if (!asked) return nowMs >= state.verifyAtMs ? ask({ kind: 'root' }, nowMs) : [];
    const isRepair = asked.kind === 'differences' || asked.kind === 'snapshot';
    if (nowMs - asked.atMs < (isRepair ? options.mergeGraceMs : options.answerTimeoutMs)) return [];
    if (isRepair) state.suspects = [];
    if (asked.kind === 'listings') return ask({ kind: 'listings', buckets: state.buckets }, nowMs);
    return ask({ kind: asked.kind === 'sums' ? 'sums' : 'root' }, nowMs);
  };

  const isSilent = (nowMs: number): boolean => nowMs - state.heardAtMs >= options.silenceMaxMs;

  return {
    take(frame, nowMs) {
      if (frame.epoch > state.epoch) begin(frame.epoch, nowMs);
      if (frame.epoch < state.epoch) {
        // Late, or its clock was set back: what it says is harmless, and an ack tells it which epoch counts.
        state.isAckDue = true;
        return [];
      }
      state.heardAtMs = nowMs;
      note(frame.sequence, frame.kind !== 'heartbeat', nowMs);
      return frame.kind === 'heartbeat' ? hear(frame, nowMs) : [];
    },

    compare({ digest }, heard, nowMs) {
      const { asked } = state;
      if (asked?.kind === 'listings') return digest.listings ? compareListed(digest.listings, heard, nowMs) : [];
      if (asked?.kind === 'sums') return digest.sums ? compareSums(digest.sums, digest.assets, heard, nowMs) : [];
      return rootOf(sumsOf(gateway, heard)) === digest.root ? matched(nowMs) : ask({ kind: 'sums' }, nowMs);
    },

    tick(nowMs) {
      if (state.epoch < 0) return [];
      if (isSilent(nowMs)) {
        state.asked = undefined;
        return [];
      }
      return [...askForGap(nowMs), ...askAgain(nowMs), ...ack(nowMs)];
    },

    isWaiting: (nowMs) => !isSilent(nowMs) && (state.asked !== undefined || state.contiguous !== state.highest),

    state: () => ({ ...state }),
  };
}
