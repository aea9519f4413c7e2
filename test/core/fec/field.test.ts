/** The field's axioms, over all of it, and that it is the field of the standard and no other. */
import { describe, expect, it } from 'vitest';
import { INVERSES, LOGARITHMS, multiply, ORDER, POWERS, PRODUCTS } from '../../../core/fec/field.ts';
import { alphaTo, times } from './oracle.ts';

const ALL = Array.from({ length: 256 }, (_, element) => element);

describe('the field of 256 elements', () => {
  it('multiplies as polynomials modulo x⁸ + x⁷ + x² + x + 1, each by each', () => {
    const wrong = ALL.flatMap((a) => ALL.filter((b) => multiply(a, b) !== times(a, b)));
    expect(wrong).toEqual([]);
  });

  it('has a product that commutes, with 1 and 0, each by each', () => {
    expect(ALL.filter((a) => multiply(a, 1) !== a || multiply(a, 0) !== 0)).toEqual([]);
    expect(ALL.filter((a) => ALL.some((b) => PRODUCTS[a * 256 + b] !== PRODUCTS[b * 256 + a]))).toEqual([]);
  });

  it('has a product that distributes over the sum and associates, all by all by all', () => {
    // For c every single bit, which is every c: it is a sum of bits, and to distribute over one after the other is enough.
    const bits = [1, 2, 4, 8, 16, 32, 64, 128];
    const broken = ALL.flatMap((a) =>
      ALL.flatMap((b) => {
        const ab = multiply(a, b);
        return bits.filter(
          (c) => multiply(a, b ^ c) !== (ab ^ multiply(a, c)) || multiply(ab, c) !== multiply(a, multiply(b, c)),
        );
      }),
    );
    expect(broken).toEqual([]);
  });

  it('has an inverse of everything but zero', () => {
    expect(ALL.filter((a) => multiply(a, INVERSES[a] ?? 0) !== (a === 0 ? 0 : 1))).toEqual([]);
  });

  it('counts in powers of β = α¹¹, of which there are 255, and then again', () => {
    expect([...POWERS]).toEqual(Array.from({ length: 2 * ORDER }, (_, power) => alphaTo((11 * power) % 255)));
    expect(new Set(POWERS).size).toBe(255);
    expect(ALL.slice(1).filter((a) => POWERS[LOGARITHMS[a] ?? 0] !== a)).toEqual([]);
  });
});
