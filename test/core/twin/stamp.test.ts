import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatStamp,
  OBSERVED_AT_MAX_MS,
  observedAtMsOf,
  parseStamp,
  STAMP_MAX,
  stampOf,
  TIES_PER_MS,
} from '../../../core/twin/stamp.ts';

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
    expect(observedAtMsOf(STAMP_MAX)).toBe(OBSERVED_AT_MAX_MS + 1);
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

describe('parseStamp', () => {
  it('reads what formatStamp writes, over all of uint64', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: STAMP_MAX }), (stamp) => {
        expect(parseStamp(formatStamp(stamp))).toEqual({ ok: true, stamp });
      }),
    );
  });

  it.each(['0', '18446744073709551615'])('takes %s', (text) => {
    expect(parseStamp(text)).toEqual({ ok: true, stamp: BigInt(text) });
  });

  it.each([
    ['one above uint64', '18446744073709551616'],
    ['21 digits', '100000000000000000000'],
    ['nothing', ''],
    ['a sign', '-1'],
    ['a leading zero', '01'],
    ['a fraction', '1.0'],
    ['an exponent', '1e3'],
    ['hexadecimal', '0x10'],
    ['white space', ' 1'],
    ['a line end', '1\n'],
    ['other digits', '١'],
    ['a long text', '9'.repeat(100_000)],
  ])('refuses %s', (_, text) => {
    const parsed = parseStamp(text);
    expect(parsed).toMatchObject({ ok: false, reason: 'malformed' });
    expect(JSON.stringify(parsed).length).toBeLessThan(200);
  });
});
