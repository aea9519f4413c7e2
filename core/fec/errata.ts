import { CODEWORD_BYTES, FIRST_ROOT, PARITY_BYTES } from './code.ts';
import { INVERSES, ORDER, POWERS, PRODUCTS } from './field.ts';
import { findLocator, LOCATOR_BYTES } from './locator.ts';
import { findRoots } from './roots.ts';
import { syndromesOf } from './syndromes.ts';

/** What must be added to a received codeword, the first `count` of each; the places count from its last byte. */
export interface Errata {
  count: number;
  readonly places: Uint8Array;
  readonly values: Uint8Array;
}

/** Kept between calls: a noisy link needs errata for each of its codewords, and none of them for long. */
const locator = new Uint8Array(LOCATOR_BYTES);
const evaluator = new Uint8Array(PARITY_BYTES);
const errata: Errata = { count: 0, places: new Uint8Array(CODEWORD_BYTES), values: new Uint8Array(CODEWORD_BYTES) };

/**
 * The errors and erasures of a codeword of `length` bytes, valid until the next call, from what its parity and the parity
 * of its data differ by (highest coefficient first); `undefined` where no codeword is near enough: e errors and
 * s erasures (distinct places) are found for certain where 2e + s ≤ 32. Beyond that they are mostly told to be too many,
 * but a wrong codeword may be nearer than the right one; with s = 32 there always is one.
 */
export function findErrata(remainder: Uint8Array, length: number, erasures: readonly number[]): Errata | undefined {
  if (erasures.length > PARITY_BYTES) return undefined;
  const syndromes = syndromesOf(remainder);
  const degree = findLocator(syndromes, erasures, locator);
  if (degree <= 0 || findRoots(locator, degree, length, errata.places) !== degree) return undefined;
  computeEvaluator(syndromes, degree);
  for (let index = 0; index < degree; index += 1) errata.values[index] = valueAt(errata.places[index] ?? 0, degree);
  errata.count = degree;
  return errata;
}

/** The product of syndromes and locator, modulo the power of x at which it ends where the locator fits. */
function computeEvaluator(syndromes: Uint8Array, degree: number): void {
  for (let power = 0; power < degree; power += 1) {
    let sum = 0;
    for (let index = 0; index <= power; index += 1) {
      sum ^= PRODUCTS[((locator[index] ?? 0) << 8) | (syndromes[power - index] ?? 0)] ?? 0;
    }
    evaluator[power] = sum;
  }
}

/** Forney's formula, for a code whose first root is β¹¹²: X^(1 − 112) Ω(1/X) / Λ′(1/X), with X = β^place. */
function valueAt(place: number, degree: number): number {
  const inverse = POWERS[ORDER - place] ?? 0;
  const square = PRODUCTS[(inverse << 8) | inverse] ?? 0;
  let omega = 0;
  for (let power = degree - 1; power >= 0; power -= 1) {
    omega = (PRODUCTS[(omega << 8) | inverse] ?? 0) ^ (evaluator[power] ?? 0);
  }
  // In characteristic 2 the derivative has the odd coefficients only, each one power lower.
  let derivative = 0;
  for (let power = degree - 1 + (degree % 2); power > 0; power -= 2) {
    derivative = (PRODUCTS[(derivative << 8) | square] ?? 0) ^ (locator[power] ?? 0);
  }
  const quotient = PRODUCTS[(omega << 8) | (INVERSES[derivative] ?? 0)] ?? 0;
  const scale = POWERS[(place * (ORDER + 1 - FIRST_ROOT)) % ORDER] ?? 0;
  return PRODUCTS[(quotient << 8) | scale] ?? 0;
}
