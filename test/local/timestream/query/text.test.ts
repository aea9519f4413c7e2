import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDouble } from '../../../../local/timestream/query/double.ts';
import { formatInterval, formatTime, parseTime } from '../../../../local/timestream/query/time.ts';

describe('doubles as text', () => {
  // As Java's Double.toString writes them, which the service does too.
  it.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [61, '61.0'],
    [-2.5, '-2.5'],
    [0.1, '0.1'],
    [0.001, '0.001'],
    [0.0009, '9.0E-4'],
    [9_999_999, '9999999.0'],
    [10_000_000, '1.0E7'],
    [1.25e21, '1.25E21'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
  ])('%d', (value, text) => {
    expect(formatDouble(value)).toBe(text);
  });

  it('read back as they were', () => {
    fc.assert(fc.property(fc.double({ noNaN: true }), (value) => Object.is(Number(formatDouble(value)), value)));
  });
});

describe('times as text', () => {
  it.each([
    ['2026-11-21 08:00:00.123456789', 1_795_248_000_123_456_789n],
    ['2026-11-21T08:00:00Z', 1_795_248_000_000_000_000n],
    ['2026-11-21T16:00:00.5+08:00', 1_795_248_000_500_000_000n],
    ['2026-11-21T08:00', 1_795_248_000_000_000_000n],
    ['1970-01-01', 0n],
    ['2026-02-30', undefined],
    ['2026-11-21 24:30:00', undefined],
    ['1969-12-31', undefined],
    ['yesterday', undefined],
    ['', undefined],
  ])('%s', (text, time) => {
    expect(parseTime(text)).toBe(time);
  });

  it('read back as they were', () => {
    const times = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
    fc.assert(fc.property(times, (time) => parseTime(formatTime(time)) === time));
  });
});

it('writes intervals as days and a clock', () => {
  expect(formatInterval(93_784_000_000_005n)).toBe('1 02:03:04.000000005');
  expect(formatInterval(-1_000_000_000n)).toBe('-0 00:00:01.000000000');
});
