import { assert } from './assert.ts';

/** A stamp is a uint64: the time of observation in milliseconds × 10⁶ plus a tie, so it reads as nanoseconds. */
export const TIES_PER_MS = 1_000_000;
/** The last millisecond whose every tie fits into a uint64, in the year 2554. */
export const OBSERVED_AT_MAX_MS = 18_446_744_073_708;

const TIES_PER_MS_BIG = BigInt(TIES_PER_MS);

/**
 * The stamp of an observation made at `observedAtMs` (a whole number, 0…`OBSERVED_AT_MAX_MS`) with a tie of
 * 0…999,999. Asserts these ranges: a reading's time is validated before it is stamped.
 */
export function stampOf(observedAtMs: number, tie: number): bigint {
  assert(
    Number.isInteger(observedAtMs) && observedAtMs >= 0 && observedAtMs <= OBSERVED_AT_MAX_MS,
    () => `a stamp needs whole milliseconds from 0 to ${OBSERVED_AT_MAX_MS}, got ${observedAtMs}`,
  );
  assert(
    Number.isInteger(tie) && tie >= 0 && tie < TIES_PER_MS,
    () => `a stamp needs a whole tie from 0 to ${TIES_PER_MS - 1}, got ${tie}`,
  );
  return BigInt(observedAtMs) * TIES_PER_MS_BIG + BigInt(tie);
}

/** The tie that a device's counter gives: what a uint64 leaves when divided by `TIES_PER_MS`. */
export function counterTie(counter: bigint): number {
  return Number(counter % TIES_PER_MS_BIG);
}

/** Milliseconds since 1970. Exact: a uint64 divided by 10⁶ is below 2⁵³. */
export function observedAtMsOf(stamp: bigint): number {
  return Number(stamp / TIES_PER_MS_BIG);
}

/** The decimal text that JSON carries, because a JavaScript number would lose the tie. */
export function formatStamp(stamp: bigint): string {
  return stamp.toString();
}
