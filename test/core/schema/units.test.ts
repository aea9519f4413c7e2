import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areCompatible, convertUnit, UNIT_CODES } from '../../../core/schema/units.ts';

/** Conversions by definition: the international yard and pound, the nautical mile, the two temperature scales. */
const CONVERSIONS: readonly [value: number, from: string, to: string, expected: number][] = [
  [32, 'FAH', 'CEL', 0],
  [212, 'FAH', 'CEL', 100],
  [-40, 'FAH', 'CEL', -40],
  [185, 'FAH', 'CEL', 85],
  [0, 'CEL', 'FAH', 32],
  [273.15, 'KEL', 'CEL', 0],
  [358.15, 'KEL', 'CEL', 85],
  [233.15, 'KEL', 'CEL', -40],
  [273.1501, 'KEL', 'CEL', 0.0001],
  [32, 'FAH', 'KEL', 273.15],
  [10, 'MTS', 'KMH', 36],
  [13.9, 'MTS', 'KMH', 50.04],
  [1, 'HM', 'KMH', 1.609344],
  [1, 'KNT', 'KMH', 1.852],
  [1, 'HM', 'MTS', 0.44704],
  [54, 'P1', 'C62', 0.54],
  [7, 'P1', 'C62', 0.07],
  [0.54, 'C62', 'P1', 54],
  [93_891, 'PAL', 'A97', 938.91],
  [1013.25, 'MBR', 'A97', 1013.25],
  [1.01325, 'BAR', 'A97', 1013.25],
  [1, 'INH', 'MMT', 25.4],
  [1, 'FOT', 'MTR', 0.3048],
  [0.04, 'GP', 'GQ', 40],
  [1, 'M1', 'A93', 1],
  [1, 'G51', 'MQH', 3.6],
  [500, 'G42', 'D10', 0.05],
  [60, 'MIN', 'SEC', 3600],
  [250, '4K', 'AMP', 0.25],
  [1.5, '59', '61', 1500],
  [55.5, '2N', '2N', 55.5],
];

describe('convertUnit', () => {
  it.each(CONVERSIONS)('%d %s → %s is %d', (value, from, to, expected) => {
    expect(convertUnit(value, from, to)).toBe(expected);
  });

  it.each([
    ['CEL', 'KMH', 'unit CEL (°C) measures temperature, expected speed, in KMH (km/h)'],
    ['59', 'GQ', 'unit 59 (ppm) measures mixing ratio, expected concentration, in GQ (µg/m³)'],
    ['P1', '2N', 'unit P1 (%) measures ratio or count, expected level, in 2N (dB)'],
    ['smoot', 'CEL', 'unit "smoot" is not a UN/CEFACT code known here'],
    ['cel', 'CEL', 'unit "cel" is not a UN/CEFACT code known here'],
    ['CEL', 'constructor', 'unit "constructor" is not a UN/CEFACT code known here'],
    ['', 'CEL', 'unit "" is not a UN/CEFACT code known here'],
  ])('refuses %s → %s', (from, to, detail) => {
    expect(convertUnit(1, from, to)).toEqual({ ok: false, reason: 'schema-violation', detail });
  });

  it('comes back to where it started, for any two units of one quantity', () => {
    const code = fc.constantFrom(...UNIT_CODES);
    const value = fc.double({ min: -1e4, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(code, code, value, (from, to, start) => {
        fc.pre(areCompatible(from, to));
        const there = convertUnit(start, from, to);
        const back = typeof there === 'number' ? convertUnit(there, to, from) : there;
        expect(back).toBeCloseTo(start, 5);
      }),
    );
  });
});
