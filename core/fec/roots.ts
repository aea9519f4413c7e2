import { CODEWORD_BYTES } from './code.ts';
import { multiply, ORDER, POWERS } from './field.ts';
import { addImage, linearMap } from './linear-map.ts';
import { LOCATOR_BYTES } from './locator.ts';

/** From the coefficients of a locator, the lowest first, to its values at all places; one is over, to fill a word. */
const EVALUATION = linearMap(LOCATOR_BYTES, CODEWORD_BYTES + 1, (power, coefficient, place) =>
  multiply(coefficient, POWERS[(power * (ORDER - (place % ORDER))) % ORDER] ?? 0),
);
const ONES = 0x01010101;
const TOP_BITS = 0x80808080 | 0;

const sum = new Int32Array(EVALUATION.words);
const values = new Uint8Array(sum.buffer);

/**
 * Writes to `places` the places p, below `length`, at which the locator of that `degree` (1 to 32) is zero for x = β⁻ᵖ;
 * returns how many there are. It is Chien's search with all places looked at side by side.
 */
export function findRoots(locator: Uint8Array, degree: number, length: number, places: Uint8Array): number {
  sum.fill(0);
  addImage(EVALUATION, locator, degree + 1, sum);
  let roots = 0;
  for (let word = 0; 4 * word < length; word += 1) {
    const four = sum[word] ?? 0;
    // Not zero exactly where one of the four bytes is.
    if (((four - ONES) & ~four & TOP_BITS) === 0) continue;
    for (let place = 4 * word; place < 4 * word + 4 && place < length; place += 1) {
      if (values[place] !== 0) continue;
      places[roots] = place;
      roots += 1;
    }
  }
  return roots;
}
