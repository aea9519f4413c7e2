import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTwinLine, encodeTwinLine } from '../../../core/archive/twin-line.ts';
import { twins } from '../twin/arbitraries.ts';

describe('a line of a checkpoint', () => {
  it('holds the whole twin and its version', () => {
    fc.assert(
      fc.property(twins, fc.nat(), (twin, version) => {
        const line = encodeTwinLine({ twin, version });
        expect(line).not.toContain('\n');
        expect(decodeTwinLine(line)).toEqual({ twin, version });
      }),
    );
  });

  it('is JSON of this layout, with stamps that no JavaScript number could hold', () => {
    const sibling = { value: 61, receivedAtMs: 1_795_248_000_123, flags: ['coarse-clock' as const] };
    const register = new Map([
      ['gate', { stamp: 18_446_744_073_709_551_615n, sibling }],
      ['__proto__', { stamp: 7n }],
    ]);
    const twin = {
      assetId: 'garage',
      assetType: 'CarPark',
      zone: 'north',
      registered: true,
      registers: new Map([['taken', register]]),
      floors: new Map([['old-gate', 9_007_199_254_740_993n]]),
    };
    const line =
      '{"assetId":"garage","assetType":"CarPark","zone":"north","registered":true,"version":12,"registers":{"taken":' +
      '{"gate":{"stamp":"18446744073709551615","sibling":{"value":61,"receivedAtMs":1795248000123,' +
      '"flags":["coarse-clock"]}},"__proto__":{"stamp":"7"}}},"floors":{"old-gate":"9007199254740993"}}';
    expect(encodeTwinLine({ twin, version: 12 })).toBe(line);
    expect(decodeTwinLine(line)).toEqual({ twin, version: 12 });
  });
});
