import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCbor, encodeCbor } from '../../../local/kinesis/cbor.ts';

/** RFC 8949, appendix A: what of it the API may send, in diagnostic notation turned into JavaScript. */
const BOTH_WAYS: readonly (readonly [unknown, string])[] = [
  [0, '00'],
  [23, '17'],
  [24, '1818'],
  [100, '1864'],
  [1000, '1903e8'],
  [1_000_000, '1a000f4240'],
  [1_000_000_000_000, '1b000000e8d4a51000'],
  [-1, '20'],
  [-10, '29'],
  [-100, '3863'],
  [-1000, '3903e7'],
  [1.1, 'fb3ff199999999999a'],
  [-4.1, 'fbc010666666666666'],
  [false, 'f4'],
  [true, 'f5'],
  [Buffer.from(''), '40'],
  [Buffer.from('01020304', 'hex'), '4401020304'],
  ['', '60'],
  ['IETF', '6449455446'],
  ['ü', '62c3bc'],
  ['水', '63e6b0b4'],
  [[], '80'],
  [[1, [2, 3], [4, 5]], '8301820203820405'],
  [{}, 'a0'],
  [{ a: 1, b: [2, 3] }, 'a26161016162820203'],
];

const READ_ONLY: readonly (readonly [unknown, string])[] = [
  [1, 'f93c00'],
  [65_504, 'f97bff'],
  [5.960464477539063e-8, 'f90001'],
  [0.00006103515625, 'f90400'],
  [-4, 'f9c400'],
  [Number.POSITIVE_INFINITY, 'f97c00'],
  [100_000, 'fa47c35000'],
  [undefined, 'f6'],
  [undefined, 'f7'],
  [Buffer.from('0102030405', 'hex'), '5f42010243030405ff'],
  ['streaming', '7f657374726561646d696e67ff'],
  [[1, [2, 3], [4, 5]], '9f018202039f0405ffff'],
  [{ a: 1, b: [2, 3] }, 'bf61610161629f0203ffff'],
];

describe('CBOR', () => {
  it.each(BOTH_WAYS)('%j is %s', (value, hex) => {
    expect(encodeCbor(value).toString('hex')).toBe(hex);
    expect(decodeCbor(Buffer.from(hex, 'hex'))).toEqual(value);
  });

  it.each(READ_ONLY)('%j is read from %s', (value, hex) => {
    expect(decodeCbor(Buffer.from(hex, 'hex'))).toEqual(value);
  });

  it('writes times as AWS does: tag 1 and epoch milliseconds', () => {
    const hex = 'c11b0000019aa584e800';
    expect(encodeCbor(new Date(Date.UTC(2025, 10, 21, 10, 0, 0))).toString('hex')).toMatch(/^c11b00000/);
    expect(decodeCbor(Buffer.from(hex, 'hex'))).toEqual(new Date(0x19aa584e800));
  });

  it('leaves out members that are undefined', () => {
    expect(encodeCbor({ a: 1, b: undefined }).toString('hex')).toBe('a1616101');
  });

  it('reads what it writes', () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, fc.string(), fc.maxSafeInteger(), fc.boolean(), tie('list'), tie('map')),
      list: fc.array(tie('value')),
      map: fc.dictionary(fc.string(), tie('value'), { noNullPrototype: true }),
    }));
    fc.assert(
      fc.property(value, (written) => {
        expect(decodeCbor(encodeCbor(written))).toEqual(written);
      }),
    );
  });

  it.each([
    ['cut short', '44010203'],
    ['a list without its end', '9f01'],
    ['followed by more', '0000'],
    ['a reserved length', '1c'],
    ['a number of indefinite length', '1f'],
    ['a string of something else', '5f6161ff'],
    ['an unassigned simple value', 'e0'],
    ['too deep', '81'.repeat(33) + '00'],
  ])('refuses what is %s', (_, hex) => {
    expect(() => decodeCbor(Buffer.from(hex, 'hex'))).toThrow(RangeError);
  });

  it('takes what is just deep enough', () => {
    expect(() => decodeCbor(Buffer.from(`${'81'.repeat(32)}00`, 'hex'))).not.toThrow();
  });
});
