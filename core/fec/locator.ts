import { PARITY_BYTES } from './code.ts';
import { INVERSES, POWERS, PRODUCTS } from './field.ts';

/** For 33 coefficients, as no more than 32 bytes can be located, and one more to make them even. */
export const LOCATOR_BYTES = PARITY_BYTES + 2;

/** Kept between calls; nothing of a call outlasts it. */
const previous = new Uint8Array(LOCATOR_BYTES);
const next = new Uint8Array(LOCATOR_BYTES);

/**
 * Writes the polynomial whose roots are the inverses of the places of all erasures and errors to `locator` (the
 * coefficient of xⁱ at i) and returns its degree, or −1 where 2e + s > 32: e errors elsewhere, s = `erasures.length`. A
 * place is a power of x, 0 for the last byte of the codeword; erasures are distinct, 32 at most.
 *
 * Berlekamp–Massey that begins with the locator of the erasures (Blahut, "Algebraic Codes for Data Transmission",
 * chapter 7).
 */
export function findLocator(syndromes: Uint8Array, erasures: readonly number[], locator: Uint8Array): number {
  locateErasures(erasures, locator);
  previous.set(locator);
  let degree = erasures.length;
  let previousDegree = degree;
  let previousDiscrepancy = 1;
  /** By how much the previous locator is shifted up. */
  let shift = 1;
  for (let count = erasures.length; count < PARITY_BYTES; count += 1, shift += 1) {
    const discrepancy = discrepancyAt(syndromes, count, locator, degree);
    if (discrepancy === 0) continue;
    const factor = PRODUCTS[(discrepancy << 8) | (INVERSES[previousDiscrepancy] ?? 0)] ?? 0;
    const isLonger = 2 * degree <= count + erasures.length;
    if (isLonger) next.set(locator);
    const end = Math.min(previousDegree + shift, PARITY_BYTES);
    for (let index = shift; index <= end; index += 1) {
      locator[index] = (locator[index] ?? 0) ^ (PRODUCTS[(factor << 8) | (previous[index - shift] ?? 0)] ?? 0);
    }
    if (!isLonger) continue;
    previous.set(next);
    previousDegree = degree;
    previousDiscrepancy = discrepancy;
    degree = count + 1 + erasures.length - degree;
    shift = 0;
    // Twice the errors and once the erasures, where the degree is their sum.
    if (2 * degree - erasures.length > PARITY_BYTES) return -1;
  }
  return degree;
}

/** The product of (1 − βᵖ x) over the places p. */
function locateErasures(erasures: readonly number[], locator: Uint8Array): void {
  locator.fill(0);
  locator[0] = 1;
  for (let degree = 0; degree < erasures.length; degree += 1) {
    const place = POWERS[erasures[degree] ?? 0] ?? 0;
    for (let index = degree + 1; index > 0; index -= 1) {
      locator[index] = (locator[index] ?? 0) ^ (PRODUCTS[(place << 8) | (locator[index - 1] ?? 0)] ?? 0);
    }
  }
}

/** How far the next syndrome is from what the locator, as a shift register, makes of those before it. */
function discrepancyAt(syndromes: Uint8Array, count: number, locator: Uint8Array, degree: number): number {
  let discrepancy = 0;
  for (let index = 0; index <= degree; index += 1) {
    discrepancy ^= PRODUCTS[((locator[index] ?? 0) << 8) | (syndromes[count - index] ?? 0)] ?? 0;
  }
  return discrepancy;
}
