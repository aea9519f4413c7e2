/** The field and the code of CCSDS 131.0-B-5, clause 4.3, in the conventional basis: a byte is a polynomial over GF(2). */

/** x⁸ + x⁷ + x² + x + 1, clause 4.3.3. */
const FIELD_POLYNOMIAL = 0x187;
/** Clause 4.3.4: the code counts in powers of β = α¹¹, which is primitive too, because 11 and 255 have no common factor. */
const PRIMITIVE_EXPONENT = 11;
const ELEMENTS = 256;

/** How many powers of β there are: all elements but zero. */
export const ORDER = ELEMENTS - 1;

/** β to the power of the index, 0 to 254; written out twice, so that the sum of two logarithms needs no remainder. */
export const POWERS: Uint8Array = powersOf(PRIMITIVE_EXPONENT);
/** To which power of β an element is; zero is none, and has 0 here. */
export const LOGARITHMS: Uint8Array = logarithmsOf(POWERS);
/** The product of a and b at a × 256 + b: 64 KiB, and one access instead of three and two tests for zero. */
export const PRODUCTS: Uint8Array = productTable();
/** One divided by the element; zero has none, and has 0 here. */
export const INVERSES: Uint8Array = inverseTable();

export function multiply(a: number, b: number): number {
  return PRODUCTS[(a << 8) | b] ?? 0;
}

function powersOf(exponent: number): Uint8Array {
  const powers = new Uint8Array(2 * ORDER);
  let alpha = 1;
  // β^index is α^(11 index), so walking through the powers of α meets every power of β once, elsewhere.
  for (let index = 0, power = 0; power < ORDER; power += 1) {
    powers[index] = alpha;
    powers[index + ORDER] = alpha;
    for (let step = 0; step < exponent; step += 1) alpha = timesX(alpha);
    index += 1;
  }
  return powers;
}

function timesX(element: number): number {
  const shifted = element << 1;
  return shifted >= ELEMENTS ? shifted ^ FIELD_POLYNOMIAL : shifted;
}

function logarithmsOf(powers: Uint8Array): Uint8Array {
  const logarithms = new Uint8Array(ELEMENTS);
  for (let power = 0; power < ORDER; power += 1) logarithms[powers[power] ?? 0] = power;
  return logarithms;
}

function productTable(): Uint8Array {
  const products = new Uint8Array(ELEMENTS * ELEMENTS);
  for (let a = 1; a < ELEMENTS; a += 1) {
    for (let b = 1; b < ELEMENTS; b += 1) {
      products[(a << 8) | b] = POWERS[(LOGARITHMS[a] ?? 0) + (LOGARITHMS[b] ?? 0)] ?? 0;
    }
  }
  return products;
}

function inverseTable(): Uint8Array {
  const inverses = new Uint8Array(ELEMENTS);
  for (let element = 1; element < ELEMENTS; element += 1) {
    inverses[element] = POWERS[ORDER - (LOGARITHMS[element] ?? 0)] ?? 0;
  }
  return inverses;
}
