import type { Reason } from '../../../core/reason.ts';

/** What must become of one reading: it stands in the log, or it is kept for a reason, or either where both are right. */
export type Expectation = 'logged' | Reason | 'logged or not-authorized';

/** What a device or gateway publishes, and what must become of it. */
export interface Publication {
  readonly topic: string;
  readonly clientId: string;
  readonly bytes: Uint8Array;
  /** Takes the fast lane, too. */
  readonly isCritical: boolean;
  /** For each reading of the message, by the time of its receipt. */
  readonly expected: (receivedAtMs: number) => readonly Expectation[];
}

const AHEAD_MAX_MS = 300_000;

/** What a clock alone makes of a reading that is else good. */
export function expectedByTime(observedAtMs: number, receivedAtMs: number, lateMaxMs: number): Expectation {
  if (observedAtMs - receivedAtMs > AHEAD_MAX_MS) return 'time-in-future';
  return receivedAtMs - observedAtMs > lateMaxMs ? 'time-in-past' : 'logged';
}
