import type { Review } from '../twin/evidence.ts';
import type { Accord } from './accord.ts';

/**
 * What becomes of a review at `nowMs`: it goes when its sources agree, and is opened when they have differed for longer
 * than `disagreeMaxMs`. An `undecided` one stays as it is, until all of its sources have been heard again.
 */
export function nextStepOf(
  { onsetMs, openedAtMs }: Review,
  accord: Accord,
  disagreeMaxMs: number,
  nowMs: number,
): 'clear' | 'open' | 'wait' {
  if (accord === 'agreeing') return 'clear';
  const isDue = openedAtMs === undefined && nowMs - onsetMs > disagreeMaxMs;
  return accord === 'disagreeing' && isDue ? 'open' : 'wait';
}
