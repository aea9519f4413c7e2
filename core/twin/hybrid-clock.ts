import { stampOf, TIES_PER_MS } from './stamp.ts';

/** Of one write: a decision, and whom it distrusts. */
const DOTS_PER_WRITE = 2;
/** So many milliseconds apart, two writes have places of their own within the ties of one. */
const CYCLE_MS = TIES_PER_MS / DOTS_PER_WRITE;

/**
 * A stamp of a hybrid logical clock (Kulkarni et al. 2014, "Logical Physical Clocks"): now, or just above the highest stamp
 * that its writer has seen, so that a write never stands below what it answers, whichever clock is behind.
 *
 * How far above goes by the writer's own clock, up to a millisecond: who writes twice before the first has been merged has
 * seen the same both times, and the two must neither be one dot nor change places.
 *
 * @param nowMs of the writer's own clock
 * @param seen whatever it has read
 */
export function hybridStamp(nowMs: number, seen: Iterable<bigint>): bigint {
  const now = stampOf(nowMs, 0);
  let highest = -1n;
  for (const each of seen) if (each > highest) highest = each;
  return highest < now ? now : highest + 1n + BigInt((nowMs % CYCLE_MS) * DOTS_PER_WRITE);
}
