import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  counterTie,
  formatStamp,
  OBSERVED_AT_MAX_MS,
  observedAtMsOf,
  stampOf,
  TIES_PER_MS,
} from '../../../core/twin/stamp.ts';

const UINT64_MAX = 18_446_744_073_709_551_615n;

describe('stampOf', () => {
  it('reads as nanoseconds', () => {
    expect(stampOf(Date.UTC(2026, 10, 21, 8), 4711)).toBe(1795248000000004711n);
  });

  it('orders by time, then by tie', () => {
    const dots = fc.tuple(fc.nat({ max: OBSERVED_AT_MAX_MS }), fc.nat({ max: TIES_PER_MS - 1 }));
    fc.assert(
      fc.property(dots, dots, ([aMs, aTie], [bMs, bTie]) => {
        const isEarlier = aMs < bMs || (aMs === bMs && aTie < bTie);
        expect(stampOf(aMs, aTie) < stampOf(bMs, bTie)).toBe(isEarlier);
      }),
    );
  });

  it('gives the time of observation back, to the last millisecond', () => {
    fc.assert(
      fc.property(fc.nat({ max: OBSERVED_AT_MAX_MS }), fc.nat({ max: TIES_PER_MS - 1 }), (observedAtMs, tie) => {
        expect(observedAtMsOf(stampOf(observedAtMs, tie))).toBe(observedAtMs);
      }),
    );
    expect(observedAtMsOf(UINT64_MAX)).toBe(OBSERVED_AT_MAX_MS + 1);
  });

  it('takes the limits of time and tie, and refuses one beyond', () => {
    expect(stampOf(0, 0)).toBe(0n);
    expect(stampOf(OBSERVED_AT_MAX_MS, TIES_PER_MS - 1)).toBe(18446744073708999999n);
    for (const [observedAtMs, tie] of [
      [OBSERVED_AT_MAX_MS + 1, 0],
      [-1, 0],
      [0.5, 0],
      [Number.NaN, 0],
      [0, TIES_PER_MS],
      [0, -1],
      [0, 0.5],
    ] as const) {
      expect(() => stampOf(observedAtMs, tie)).toThrow(/a stamp needs/);
    }
  });
});

describe('formatStamp', () => {
  it('keeps what a JavaScript number would round', () => {
    expect(formatStamp(1_795_248_000_000_004_711n)).toBe('1795248000000004711');
    expect(formatStamp(UINT64_MAX)).toBe('18446744073709551615');
  });
});

describe('counterTie', () => {
  it.each([
    [0n, 0],
    [999_999n, 999_999],
    [1_000_000n, 0],
    [18_446_744_073_709_551_615n, 551_615],
  ])('of %d is %d', (counter, tie) => {
    expect(counterTie(counter)).toBe(tie);
  });
});
