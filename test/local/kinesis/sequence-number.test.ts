import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexOfSequenceNumber, numberingOf, sequenceNumber } from '../../../local/kinesis/sequence-number.ts';

const CREATED_AT_MS = Date.UTC(2026, 10, 21, 8);
const numbering = numberingOf(CREATED_AT_MS, 3);
const anyIndex = fc.integer({ min: 0, max: 2 ** 48 - 1 });

describe('a sequence number', () => {
  it('has 56 digits, whatever it counts', () => {
    fc.assert(
      fc.property(anyIndex, (index) => {
        expect(sequenceNumber(numbering, index)).toMatch(/^\d{56}$/);
      }),
    );
  });

  it('names its version and its shard where the Kinesis Client Library looks for them', () => {
    const bits = BigInt(sequenceNumber(numbering, 4711));
    expect((bits >> 184n) & 0xfn).toBe(2n);
    expect(bits.toString(2)).toHaveLength(186);
    expect((bits >> 4n) & 0xffffffffn).toBe(3n);
  });

  it('increases with the index, as text too', () => {
    fc.assert(
      fc.property(anyIndex, anyIndex, (one, other) => {
        const [first, second] = [sequenceNumber(numbering, one), sequenceNumber(numbering, other)];
        expect(first < second).toBe(one < other);
      }),
    );
  });

  it('gives its index back, to its own shard only', () => {
    fc.assert(
      fc.property(anyIndex, (index) => {
        const text = sequenceNumber(numbering, index);
        expect(indexOfSequenceNumber(numbering, text)).toBe(index);
        expect(indexOfSequenceNumber(numberingOf(CREATED_AT_MS, 2), text)).toBeUndefined();
        expect(indexOfSequenceNumber(numberingOf(CREATED_AT_MS - 1, 3), text)).toBeUndefined();
        expect(indexOfSequenceNumber(numberingOf(CREATED_AT_MS + 1, 3), text)).toBeUndefined();
      }),
    );
  });

  it.each(['', '-1', '1e3', '12345', '0x10', '9'.repeat(61)])('is not %j', (text) => {
    expect(indexOfSequenceNumber(numbering, text)).toBeUndefined();
  });
});
