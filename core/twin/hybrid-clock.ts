import { stampOf } from './stamp.ts';

/**
 * A stamp of a hybrid logical clock (Kulkarni et al. 2014, "Logical Physical Clocks"): now, or just above the highest stamp
 * that its writer has seen, so that a write never stands below what it answers, whichever clock is behind.
 *
 * @param nowMs of the writer's own clock
 * @param seen whatever it has read
 */
export function hybridStamp(nowMs: number, seen: Iterable<bigint>): bigint {
  let stamp = stampOf(nowMs, 0);
  for (const each of seen) if (each >= stamp) stamp = each + 1n;
  return stamp;
}
