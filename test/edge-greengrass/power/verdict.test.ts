import { describe, expect, it } from 'vitest';
import { heatVerdict, supplyVerdict } from '../../../edge-greengrass/power/verdict.ts';
import { POWER, THERMAL } from './configs.ts';

describe('a verdict', () => {
  it.each([
    [undefined, 'unknown'],
    [0, 'bad'],
    [10_799, 'bad'],
    [10_800, 'poor'],
    [11_099, 'poor'],
    [11_100, 'good'],
  ] as const)('of %s mV is %s', (millivolts, verdict) => {
    expect(supplyVerdict(millivolts, POWER)).toBe(verdict);
  });

  it.each([
    [undefined, 'unknown'],
    [-40, 'good'],
    [75, 'good'],
    [75.1, 'poor'],
    [84.9, 'poor'],
    [85, 'bad'],
  ] as const)('of %s °C is %s', (celsius, verdict) => {
    expect(heatVerdict(celsius, THERMAL)).toBe(verdict);
  });
});
