import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../../core/fec/crc32c.ts';
import { slowCrc32c } from './oracle.ts';

const upwards = Uint8Array.from({ length: 32 }, (_, index) => index);

describe('CRC-32C', () => {
  // RFC 3720, appendix B.4, which prints the bytes as they are sent, the lowest first; and the check value of "123456789".
  it.each([
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [upwards, 0x46dd794e],
    [upwards.toReversed(), 0x113fdb5c],
    [new TextEncoder().encode('123456789'), 0xe3069283],
    [new Uint8Array(0), 0],
  ])('of %j is as published', (bytes, expected) => expect(crc32c(bytes)).toBe(expected));

  it('is the remainder, bit by bit, of any bytes wherever they begin', () => {
    const anyBytes = fc.uint8Array({ maxLength: 100 });
    fc.assert(
      fc.property(anyBytes, fc.nat(7), (bytes, offset) => {
        const moved = new Uint8Array([...new Uint8Array(offset), ...bytes]).subarray(offset);
        expect(crc32c(moved)).toBe(slowCrc32c(bytes));
      }),
    );
  });
});
