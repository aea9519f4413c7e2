import { describe, expect, it } from 'vitest';
import { clockLines, readableQuality, readableSpan, readableTime, readableValue } from '../../bin/readable.ts';

describe('a value', () => {
  it.each([
    [61, 'C62', '61'],
    [12.35714285714, 'GQ', '12.3571 µg/m³'],
    [0.000012345678, 'GQ', '0.0000123457 µg/m³'],
    [123456.789, 'PAL', '123457 Pa'],
    [1795248000, undefined, '1795248000'],
    [3, 'XYZ', '3 XYZ'],
    [false, undefined, 'false'],
    ['gr\u001Bün', undefined, String.raw`gr\u001bün`],
    [['lane-1', 'lane-3'], undefined, 'lane-1, lane-3'],
    [[], undefined, 'none'],
    [{ longitude: -1.9, latitude: 52.5 }, undefined, '52.5, -1.9'],
  ])('%j in %s is "%s"', (value, unit, text) => {
    expect(readableValue(value, unit)).toBe(text);
  });
});

describe('quality and flags', () => {
  it('are words, and a flag of a newer API stands as it is', () => {
    expect(readableQuality('good', [])).toBe('good');
    expect(readableQuality('uncertain', ['disagreeing', 'fail-safe'])).toBe(
      'uncertain: sources disagree, fail-safe value',
    );
    expect(readableQuality('good', ['calibrate', 'decided', 'constructor'])).toBe(
      'good: a source needs calibration, decided by an authority, constructor',
    );
  });
});

describe('a time', () => {
  const NOW_MS = Date.UTC(2026, 10, 21, 16, 31, 14);
  it('of today is without its day', () => {
    expect(readableTime(NOW_MS - 14_001, NOW_MS)).toBe('16:30:59');
    expect(readableTime(Date.UTC(2026, 10, 20, 23, 59, 59, 999), NOW_MS)).toBe('2026-11-20 23:59');
  });

  it.each([
    [900_000, '15 min'],
    [90_000, '90 s'],
    [7_200_000, '2 h'],
    [86_400_000, '1 d'],
    [1500, '1500 ms'],
    [0, '0 ms'],
  ])('of %i ms is %s', (ms, text) => {
    expect(readableSpan(ms)).toBe(text);
  });
});

describe('a clock', () => {
  it('is said to be ahead, and never to be behind for sure', () => {
    expect(
      clockLines({
        a: { state: 'ahead', offsetMs: 180_500 },
        b: { state: 'behind-or-late', offsetMs: -7_200_000 },
        c: { state: 'jumped-back', offsetMs: -7_200_000 },
      }),
    ).toEqual([
      'clock of a: ahead by 3 min at least',
      'clock of b: behind by 2 h, or its readings are held up that long on the way',
      'clock of c: has jumped back, what it sends now is stamped 2 h ago and does not count',
    ]);
  });
});
