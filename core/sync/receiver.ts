/**
 * The receiver's side of one lane of a gateway, without clock, network and mirror. What frames say is applied by whoever
 * calls, in whatever order they come: dots make that harmless. This machine only finds out what is missing and asks for it.
 */

import type { Ack, Ask, RefusedReading, ResyncRequest } from './command.ts';
import { compareListings, type Differences, differingBuckets, estimatedAssets } from './compare.ts';
import { rootOf, sumsOf } from './digest.ts';
import type { Heartbeat, Lane, Leaf, SyncFrame } from './frame.ts';

export interface ReceiverOptions {
  readonly gateway: string;
  readonly lane: Lane;
  /** How long a gap may be a matter of order. */
  readonly reorderGraceMs: number;
  readonly answerTimeoutMs: number;
  readonly verifyIntervalMs: number;
  readonly ackIntervalMs: number;
  /** Of the sender's assets; where more differ, a snapshot is asked for instead of listings. */
  readonly divergenceThreshold: number;
  /** The highest dots that the twins' contexts hold of this gateway's sensors, in this lane. Read at a verification only. */
  heard(): Iterable<Leaf>;
}

export const RECEIVER_DEFAULTS = {
  reorderGraceMs: 2000,
  answerTimeoutMs: 10_000,
  verifyIntervalMs: 60 * 60 * 1000,
  ackIntervalMs: 60_000,
  divergenceThreshold: 0.3,
} as const;

export type ReceiverOutput =
  | { readonly kind: 'request'; readonly request: ResyncRequest }
  | { readonly kind: 'ack'; readonly ack: Ack }
  /** Both sides hold the same. */
  | { readonly kind: 'verified' }
  /** The sender no longer holds frames that never came: of `log` attributes, readings are lost. */
  | { readonly kind: 'frames-lost'; readonly count: number }
  /** A mismatch that asking does not change; once, until both sides hold the same again. */
  | { readonly kind: 'alarm'; readonly buckets: number };

export interface Receiver {
  take(frame: SyncFrame, nowMs: number): readonly ReceiverOutput[];
  /** A reading that was kept outside the log: the sender is told with the next ack. */
  refuse(reading: RefusedReading): void;
  tick(nowMs: number): readonly ReceiverOutput[];
}

/** Sequences behind a gap that are remembered; a frame beyond them counts as missing and is sent again. */
const AHEAD_MAX = 10_000;
/** Leaves in one request. */
const DIFFERENCES_MAX = 1000;
/** As often a repair may leave as many buckets different as before. */
const STALLS_MAX = 2;

export function createReceiver(options: ReceiverOptions): Receiver {
  const { gateway, lane } = options;
  let epoch = -1;
  /** It and all before it have come, or are given up. */
  let contiguous = 0;
  let highest = 0;
  let ahead = new Set<number>();
  let gapSinceMs = 0;
  let asked: { readonly ask: Ask; readonly atMs: number } | undefined;
  let buckets: readonly number[] = [];
  let found: Differences = { wanted: [], heard: [] };
  let differing = Number.POSITIVE_INFINITY;
  let stalls = 0;
  let isAlarmed = false;
  let verifiedAtMs = Number.NEGATIVE_INFINITY;
  let acked = 0;
  let ackedAtMs = Number.NEGATIVE_INFINITY;
  let isAckDue = false;
  let refused: RefusedReading[] = [];

  const request = (ask: Ask): ReceiverOutput => ({ kind: 'request', request: { lane, epoch, ask } });

  const ask = (next: Ask, nowMs: number): readonly ReceiverOutput[] => {
    asked = { ask: next, atMs: nowMs };
    return [request(next)];
  };

  const begin = (frame: SyncFrame): void => {
    ({ epoch } = frame);
    [contiguous, highest, acked] = [0, 0, 0];
    ahead = new Set();
    asked = undefined;
    settle(Number.NEGATIVE_INFINITY);
  };

  /** A verification is over, whichever way it went. */
  const settle = (atMs: number): void => {
    verifiedAtMs = atMs;
    asked = undefined;
    differing = Number.POSITIVE_INFINITY;
    stalls = 0;
  };

  const matched = (nowMs: number): readonly ReceiverOutput[] => {
    settle(nowMs);
    isAlarmed = false;
    return [{ kind: 'verified' }];
  };

  const advance = (to: number, nowMs: number): void => {
    if (to <= contiguous) return;
    contiguous = to;
    while (ahead.delete(contiguous + 1)) contiguous += 1;
    for (const each of ahead) if (each <= contiguous) ahead.delete(each);
    gapSinceMs = nowMs;
  };

  const note = (sequence: number, hasReadings: boolean, nowMs: number): void => {
    if (contiguous === highest) gapSinceMs = nowMs;
    highest = Math.max(highest, sequence);
    if (!hasReadings) return;
    if (sequence === contiguous + 1) advance(sequence, nowMs);
    else if (sequence > contiguous && ahead.size < AHEAD_MAX) ahead.add(sequence);
  };

  /** What is no longer held need not be waited for: the digest tells what came of it. */
  const giveUp = (heldFrom: number, nowMs: number): readonly ReceiverOutput[] => {
    const came = [...ahead].filter((each) => each < heldFrom).length;
    const count = heldFrom - 1 - contiguous - came;
    advance(heldFrom - 1, nowMs);
    highest = Math.max(highest, contiguous);
    if (count <= 0) return [];
    settle(verifiedAtMs);
    return [{ kind: 'frames-lost', count }, ...ask({ kind: 'sums' }, nowMs)];
  };

  const hear = ({ sequence, digest }: Heartbeat, nowMs: number): readonly ReceiverOutput[] => {
    const lost = giveUp(digest.heldFrom, nowMs);
    if (lost.length > 0) return lost;
    const { sums, listings } = digest;
    if (listings && asked?.ask.kind === 'listings') return compareListed(listings, nowMs);
    // A digest is of all frames up to one: with one more or one less the receiver's is another.
    const isComparable = contiguous === sequence && highest === sequence;
    if (sums && asked?.ask.kind === 'sums') return isComparable ? compareSums(sums, digest.assets, nowMs) : [];
    const isAnswer = asked && !['sums', 'listings'].includes(asked.ask.kind);
    if (!isComparable || (!isAnswer && (asked || nowMs - verifiedAtMs < options.verifyIntervalMs))) return [];
    const isSame = rootOf(sumsOf(gateway, options.heard())) === digest.root;
    return isSame ? matched(nowMs) : ask({ kind: 'sums' }, nowMs);
  };

  const compareSums = (theirs: readonly bigint[], assets: number, nowMs: number): readonly ReceiverOutput[] => {
    buckets = differingBuckets(sumsOf(gateway, options.heard()), theirs);
    if (buckets.length === 0) return matched(nowMs);
    if (buckets.length >= differing) stalls += 1;
    if (stalls === STALLS_MAX) {
      settle(nowMs);
      if (isAlarmed) return [];
      isAlarmed = true;
      return [{ kind: 'alarm', buckets: buckets.length }];
    }
    differing = buckets.length;
    const isFar = estimatedAssets(buckets.length) > options.divergenceThreshold * assets;
    // A snapshot tells nothing of what the sender does not know, so it is asked for once and then the listings.
    if (isFar && stalls === 0) return ask({ kind: 'snapshot' }, nowMs);
    found = { wanted: [], heard: [] };
    return ask({ kind: 'listings', buckets }, nowMs);
  };

  const compareListed = (listings: ReadonlyMap<number, readonly Leaf[]>, nowMs: number): readonly ReceiverOutput[] => {
    const listed = new Map([...listings].filter(([bucket]) => buckets.includes(bucket)));
    const { wanted, heard } = compareListings(options.heard(), listed);
    found = { wanted: [...found.wanted, ...wanted], heard: [...found.heard, ...heard] };
    buckets = buckets.filter((bucket) => !listed.has(bucket));
    const isEnough = found.wanted.length + found.heard.length >= DIFFERENCES_MAX;
    if (buckets.length > 0 && listed.size > 0 && !isEnough) return ask({ kind: 'listings', buckets }, nowMs);
    const ours = found.heard.slice(0, DIFFERENCES_MAX);
    return ask(
      { kind: 'differences', wanted: found.wanted.slice(0, DIFFERENCES_MAX - ours.length), heard: ours },
      nowMs,
    );
  };

  const ack = (nowMs: number): readonly ReceiverOutput[] => {
    const isNews = contiguous > acked && nowMs - ackedAtMs >= options.ackIntervalMs;
    if (epoch < 0 || !(isNews || isAckDue || refused.length > 0)) return [];
    const output = { kind: 'ack', ack: { lane, epoch, sequence: contiguous, refused } } as const;
    [acked, ackedAtMs, isAckDue, refused] = [contiguous, nowMs, false, []];
    return [output];
  };

  /** After the grace, the frames of the first gap. */
  const askForGap = (nowMs: number): readonly ReceiverOutput[] => {
    if (contiguous === highest || nowMs - gapSinceMs < options.reorderGraceMs) return [];
    gapSinceMs = nowMs + options.answerTimeoutMs - options.reorderGraceMs;
    const last = [...ahead].reduce((lowest, each) => Math.min(lowest, each - 1), highest);
    return [request({ kind: 'frames', first: contiguous + 1, last })];
  };

  return {
    take(frame, nowMs) {
      if (frame.epoch > epoch) begin(frame);
      if (frame.epoch < epoch) {
        // Late, or its clock was set back: what it says is harmless, and an ack tells it which epoch counts.
        isAckDue = true;
        return [];
      }
      note(frame.sequence, frame.kind !== 'heartbeat', nowMs);
      return frame.kind === 'heartbeat' ? hear(frame, nowMs) : [];
    },

    refuse(reading) {
      refused.push(reading);
    },

    tick(nowMs) {
      const isTimedOut = asked && nowMs - asked.atMs >= options.answerTimeoutMs;
      const isVerificationDue = !asked && epoch >= 0 && nowMs - verifiedAtMs >= options.verifyIntervalMs;
      return [
        ...askForGap(nowMs),
        ...(asked && isTimedOut ? ask(asked.ask, nowMs) : []),
        ...(isVerificationDue ? ask({ kind: 'root' }, nowMs) : []),
        ...ack(nowMs),
      ];
    },
  };
}
