import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalContent, contentTie } from '../../../core/codec/canonical.ts';
import type { AttributeValue, Position } from '../../../core/observation.ts';
import { attributes, name, position } from './arbitraries.ts';

/** RFC 8785, appendix B: a double's bits and how it is written. */
const NUMBERS: readonly (readonly [bits: bigint, text: string])[] = [
  [0x0000000000000000n, '0'],
  [0x8000000000000000n, '0'],
  [0x0000000000000001n, '5e-324'],
  [0x8000000000000001n, '-5e-324'],
  [0x7fefffffffffffffn, '1.7976931348623157e+308'],
  [0xffefffffffffffffn, '-1.7976931348623157e+308'],
  [0x4340000000000000n, '9007199254740992'],
  [0xc340000000000000n, '-9007199254740992'],
  [0x4430000000000000n, '295147905179352830000'],
  [0x44b52d02c7e14af5n, '9.999999999999997e+22'],
  [0x44b52d02c7e14af6n, '1e+23'],
  [0x44b52d02c7e14af7n, '1.0000000000000001e+23'],
  [0x444b1ae4d6e2ef4en, '999999999999999700000'],
  [0x444b1ae4d6e2ef4fn, '999999999999999900000'],
  [0x444b1ae4d6e2ef50n, '1e+21'],
  [0x3eb0c6f7a0b5ed8cn, '9.999999999999997e-7'],
  [0x3eb0c6f7a0b5ed8dn, '0.000001'],
  [0x41b3de4355555553n, '333333333.3333332'],
  [0x41b3de4355555554n, '333333333.33333325'],
  [0x41b3de4355555555n, '333333333.3333333'],
  [0x41b3de4355555556n, '333333333.3333334'],
  [0x41b3de4355555557n, '333333333.33333343'],
  [0xbecbf647612f3696n, '-0.0000033333333333333333'],
  [0x43143ff3c1cb0959n, '1424953923781206.2'],
];

function doubleOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

const maybePosition = fc.option(position, { nil: undefined });

describe('canonicalContent', () => {
  it.each(NUMBERS)('writes the double %s as RFC 8785 does: %s', (bits, text) => {
    const content = canonicalContent('a', new Map([['n', doubleOf(bits)]]), undefined);
    expect(content).toBe(`{"assetId":"a","attributes":{"n":${text}}}`);
  });

  it('writes the text of RFC 8785, section 3.2.2, as it does', () => {
    const text = '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/';
    const content = canonicalContent('a', new Map([['s', text]]), undefined);
    expect(content).toBe(String.raw`{"assetId":"a","attributes":{"s":"€$\u000f\nA'B\"\\\\\"/"}}`);
  });

  it('puts names in order of their code units, those that look like numbers too', () => {
    const jumbled = new Map<string, AttributeValue>([
      ['b', 1],
      ['10', 2],
      ['B', 3],
      ['9', 4],
      ['_', true],
    ]);
    expect(canonicalContent('a', jumbled, { longitude: 1, latitude: 2, altitude: 3 })).toBe(
      '{"assetId":"a","attributes":{"10":2,"9":4,"B":3,"_":true,"b":1},' +
        '"position":{"altitude":3,"latitude":2,"longitude":1}}',
    );
  });

  it('is what a canonicalizer of any value writes', () => {
    fc.assert(
      fc.property(name, attributes, maybePosition, (assetId, content, place) => {
        expect(canonicalContent(assetId, content, place)).toBe(
          canonicalize({ assetId, attributes: Object.fromEntries(content), position: place }),
        );
      }),
    );
  });
});

describe('contentTie', () => {
  it.each<[string, ReadonlyMap<string, AttributeValue>, Position | undefined, string]>([
    [
      'lotA-17',
      new Map([['status', 'occupied']]),
      undefined,
      '{"assetId":"lotA-17","attributes":{"status":"occupied"}}',
    ],
    [
      'snow-hill',
      new Map([
        ['totalSpotNumber', 577],
        ['occupiedSpotNumber', 61],
      ]),
      { longitude: -1.8995, latitude: 52.4836 },
      '{"assetId":"snow-hill","attributes":{"occupiedSpotNumber":61,"totalSpotNumber":577},' +
        '"position":{"latitude":52.4836,"longitude":-1.8995}}',
    ],
    [
      'bus-50',
      new Map(),
      { longitude: 1, latitude: 2 },
      '{"assetId":"bus-50","attributes":{},"position":{"latitude":2,"longitude":1}}',
    ],
  ])('of %s is SHA-256 by another hand, first 8 bytes, modulo 10⁶', (assetId, content, place, text) => {
    const hex = createHash('sha256').update(text).digest('hex');
    expect(contentTie(assetId, content, place)).toBe(Number(BigInt(`0x${hex.slice(0, 16)}`) % 1_000_000n));
  });

  /** Worked out with sha256sum and a calculator: 0x752cfada7fe81477 modulo 1,000,000. */
  it('of lotA-17, occupied, is a number that anybody can check', () => {
    expect(contentTie('lotA-17', new Map([['status', 'occupied']]), undefined)).toBe(567_927);
  });

  it('lies in 0 to 999,999, and does not ask in which order attributes came', () => {
    fc.assert(
      fc.property(name, attributes, maybePosition, (assetId, content, place) => {
        const tie = contentTie(assetId, content, place);
        expect(tie >= 0 && tie <= 999_999).toBe(true);
        expect(contentTie(assetId, new Map([...content].reverse()), place)).toBe(tie);
      }),
    );
  });
});
