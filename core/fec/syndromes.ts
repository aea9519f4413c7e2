import { FIRST_ROOT, PARITY_BYTES } from './code.ts';
import { multiply, ORDER, POWERS } from './field.ts';
import { addImage, linearMap } from './linear-map.ts';

/** From the coefficients of a remainder, the highest first, to its values at the roots. */
const EVALUATION = linearMap(PARITY_BYTES, PARITY_BYTES, (place, coefficient, root) =>
  multiply(coefficient, POWERS[((FIRST_ROOT + root) * (PARITY_BYTES - 1 - place)) % ORDER] ?? 0),
);

const sum = new Int32Array(EVALUATION.words);
const values = new Uint8Array(sum.buffer);

/**
 * The received polynomial at the 32 roots of the generator, the lowest power first, valid until the next call. The
 * remainder has the same values there as the whole codeword, for they differ by a multiple of the generator.
 */
export function syndromesOf(remainder: Uint8Array): Uint8Array {
  sum.fill(0);
  addImage(EVALUATION, remainder, PARITY_BYTES, sum);
  return values;
}
