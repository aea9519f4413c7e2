import { encodeFrame } from '../../core/sync/encode-frame.ts';
import type { Lane } from '../../core/sync/frame.ts';
import type { Sender } from '../../core/sync/sender.ts';
import type { Publisher } from './publisher.ts';

const BACKOFF_FIRST_MS = 100;
const BACKOFFS_MAX_MS: Readonly<Record<Lane, number>> = { critical: 2000, bulk: 30_000 };
/** Of a backoff: so much is left to chance, so that a city's gateways do not come back at once. */
const JITTER = 0.5;
const RULES: Readonly<Record<Lane, string>> = { critical: 'cityweave_critical', bulk: 'cityweave_ingest' };

/** Each frame is paid for, so what is not critical gathers for so long, unless a backlog fills the frames. */
const PACES_MS: Readonly<Record<Lane, number>> = { critical: 0, bulk: 100 };

export interface LaneOptions {
  readonly lane: Lane;
  readonly zone: string;
  readonly thing: string;
  readonly sender: Sender;
  readonly publisher: Publisher;
  readonly isUp: () => boolean;
  readonly nowMs: () => number;
  /** A clock that nobody sets. */
  readonly elapsedMs: () => number;
  readonly random: () => number;
}

/** The frames of one sender on their way to the next hop. */
export interface LaneLink {
  readonly sender: Sender;
  /** Whether what is observed now is sent soon: the line is there, the last publish went well, nobody holds the lane. */
  readonly isFlowing: () => boolean;
  tick(): void;
  lineChanged(isUp: boolean): void;
  setHeld(isHeld: boolean): void;
  /** Nothing waits for a frame, or as one. */
  isDrained(): boolean;
  counts(): { readonly published: number; readonly failed: number };
}

export function createLaneLink(options: LaneOptions): LaneLink {
  const { lane, zone, thing, sender, publisher, isUp, nowMs, elapsedMs, random } = options;
  const topic = `$aws/rules/${RULES[lane]}/dt/${zone}/gateway/${thing}/frames`;
  let outgoing: Uint8Array[] = [];
  let failures = 0;
  let retryAtMs = Number.NEGATIVE_INFINITY;
  let madeAtMs = Number.NEGATIVE_INFINITY;
  let isHeld = false;
  const counts = { published: 0, failed: 0 };

  const publish = (bytes: Uint8Array): void =>
    publisher.publish(topic, bytes, elapsedMs(), (isThere) => {
      if (isThere) {
        counts.published += 1;
        failures = 0;
        return;
      }
      counts.failed += 1;
      outgoing.push(bytes);
      // Those that were in flight together fail together, and count once.
      if (elapsedMs() < retryAtMs) return;
      const backoffMs = Math.min(BACKOFFS_MAX_MS[lane], BACKOFF_FIRST_MS * 2 ** failures);
      retryAtMs = elapsedMs() + backoffMs * (1 - JITTER * random());
      failures += 1;
    });

  const pump = (): void => {
    while (publisher.hasRoom(lane)) {
      const bytes = outgoing.shift();
      if (!bytes) return;
      publish(bytes);
    }
  };

  return {
    sender,
    isFlowing: () => isUp() && !isHeld && failures === 0,
    tick() {
      const atMs = elapsedMs();
      if (!isUp() || isHeld || atMs < retryAtMs) return;
      pump();
      // No frame is made while others wait: what changes meanwhile coalesces.
      const isPaced = sender.waiting().relayed === 0 && atMs - madeAtMs < PACES_MS[lane];
      if (isPaced || outgoing.length > 0 || !publisher.hasRoom(lane)) return;
      outgoing = sender.tick(nowMs()).map(encodeFrame);
      if (outgoing.length > 0) madeAtMs = atMs;
      pump();
    },
    lineChanged(isUp) {
      // What was made is held by the sender; a heartbeat is made anew.
      outgoing = [];
      failures = 0;
      retryAtMs = Number.NEGATIVE_INFINITY;
      if (isUp) sender.resume();
    },
    setHeld(held) {
      isHeld = held;
    },
    isDrained() {
      const { states, log, relayed } = sender.waiting();
      return outgoing.length + states + log + relayed === 0;
    },
    counts: () => ({ ...counts }),
  };
}
