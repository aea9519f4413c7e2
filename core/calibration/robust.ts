import { assert } from '../twin/assert.ts';

/** Of at least one value; of an even number of them the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number {
  assert(values.length > 0, () => 'a median needs a value, got none');
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** Makes the median of distances a standard deviation where errors are normal: 1/Φ⁻¹(¾). */
const NORMAL_MEDIAN = 1.4826;

/** How far values lie from `centre`, as a standard deviation that half of them cannot spoil. */
export function spreadAround(centre: number, values: readonly number[]): number {
  return NORMAL_MEDIAN * medianOf(values.map((value) => Math.abs(value - centre)));
}

/** The mean of the squared distances from `centre`, none of which counts more than `limit` squared. */
export function boundedVariance(centre: number, values: readonly number[], limit: number): number {
  assert(values.length > 0, () => 'a variance needs a value, got none');
  const squares = values.map((value) => Math.min(Math.abs(value - centre), limit) ** 2);
  return squares.reduce((sum, square) => sum + square, 0) / values.length;
}

/** Where Huber's estimate goes over from a mean to a median: 95 % efficient where errors are normal (Huber 1964). */
const HUBER_K = 1.345;
/** Where it stops listening, as Hampel (1974) lets it: what lies so far off is another thing. */
const REJECTION_K = 3;

/**
 * An estimate of location in one step from the median: what lies further off than `HUBER_K` times `scale` pulls no harder
 * than what lies there, and further than `REJECTION_K` times not at all. Of two values it is their mean.
 */
export function centreOf(values: readonly number[], scale: number): number {
  const median = medianOf(values);
  let [pull, weights] = [0, 0];
  for (const value of values) {
    const distance = Math.abs(value - median);
    if (distance > REJECTION_K * scale) continue;
    const weight = distance <= HUBER_K * scale ? 1 : (HUBER_K * scale) / distance;
    pull += weight * (value - median);
    weights += weight;
  }
  return weights > 0 ? median + pull / weights : median;
}

export function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
