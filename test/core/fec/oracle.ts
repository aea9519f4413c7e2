/**
 * RS(255,223) straight from CCSDS 131.0-B-5, clause 4.3, in polynomial arithmetic over α, a bit and a byte at a time; it
 * has nothing in common with what it judges.
 */

/** Carry-less multiplication, then division by x⁸ + x⁷ + x² + x + 1. */
export function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 8; bit += 1) if ((b >> bit) % 2 === 1) product ^= a << bit;
  for (let bit = 14; bit >= 8; bit -= 1) if ((product >> bit) % 2 === 1) product ^= 0b1_1000_0111 << (bit - 8);
  return product;
}

/** α is x. */
export function alphaTo(exponent: number): number {
  let power = 1;
  for (let step = 0; step < exponent; step += 1) power = times(power, 2);
  return power;
}

/** The product of (x − α^(11 j)), j = 112 to 143; the highest coefficient first. */
const GENERATOR = Array.from({ length: 32 }, (_, index) => alphaTo((11 * (112 + index)) % 255)).reduce(
  (product, root) => [...product, 0].map((coefficient, index) => coefficient ^ times(root, product[index - 1] ?? 0)),
  [1],
);

/** x³² times the data, modulo the generator, by long division. */
export function parityOf(data: readonly number[]): readonly number[] {
  const rest = [...data, ...Array<number>(32).fill(0)];
  for (let index = 0; index < data.length; index += 1) {
    const highest = rest[index] ?? 0;
    for (const [offset, coefficient] of GENERATOR.entries())
      rest[index + offset] = (rest[index + offset] ?? 0) ^ times(highest, coefficient);
  }
  return rest.slice(data.length);
}

/** CRC-32C a bit at a time, the polynomial as published, bits in the order in which they are sent. */
export function slowCrc32c(bytes: Iterable<number>): number {
  let register = 0xffff_ffffn;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit += 1) {
      const out = (register >> 31n) ^ BigInt((byte >> bit) % 2);
      register = ((register << 1n) & 0xffff_ffffn) ^ (out === 1n ? 0x1edc_6f41n : 0n);
    }
  }
  const reversed = register.toString(2).padStart(32, '0').split('').reverse().join('');
  return Number(BigInt(`0b${reversed}`) ^ 0xffff_ffffn);
}
