import { multiply, POWERS } from './field.ts';

/** RS(255,223), CCSDS 131.0-B-5, clause 4.3: 223 data bytes, the first one first, then 32 of parity. */
export const CODEWORD_BYTES = 255;
export const PARITY_BYTES = 32;
export const DATA_BYTES = CODEWORD_BYTES - PARITY_BYTES;
/** The generator's roots are β¹¹² to β¹⁴³: symmetric about 127½, so that its coefficients read the same backwards. */
export const FIRST_ROOT = 112;

/** The product of (x − βʲ) over the roots; the coefficient of xⁱ at i, 1 at 32. */
export function generatorPolynomial(): Uint8Array {
  const generator = new Uint8Array(PARITY_BYTES + 1);
  generator[0] = 1;
  for (let degree = 0; degree < PARITY_BYTES; degree += 1) {
    const root = POWERS[FIRST_ROOT + degree] ?? 0;
    for (let index = degree + 1; index > 0; index -= 1) {
      generator[index] = (generator[index - 1] ?? 0) ^ multiply(generator[index] ?? 0, root);
    }
    generator[0] = multiply(generator[0] ?? 0, root);
  }
  return generator;
}
