import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeObservationRecord,
  encodeObservation,
  encodeObservationRecord,
} from '../../../core/codec/observation-record.ts';
import { observation } from './arbitraries.ts';
import { observationOf } from './factories.ts';

/** A record of one observation, written by hand from schemas/observation.proto and the protobuf encoding guide. */
const GOLDEN = [
  '0a 9001', // 1: observations, 144 bytes
  '0a 09 74726163652d312f30', // 1: reading_id "trace-1/0"
  '10 02', // 2: count 2
  '18 01', // 3: kind KIND_READING
  '22 04 67617465', // 4: client_id "gate"
  '2a 0c 636f617273652d636c6f636b', // 5: flags "coarse-clock"
  '32 06 676172616765', // 6: asset_id "garage"
  '3a 07 4361725061726b', // 7: asset_type "CarPark"
  '42 05 6e6f727468', // 8: zone "north"
  '4a 04 67617465', // 9: source "gate"
  '51 6702000000000000', // 10: stamp 615, fixed64, little-endian
  '60 e807', // 12: observed_at_ms 1000
  '68 d00f', // 13: received_at_ms 2000
  '72 12 09 000000000000f83f 11 0000000000000040', // 14: position, longitude 1.5, latitude 2
  '8201 10', // 16: attributes, one entry of 16 bytes
  '0a 03 746f74 12 09 09 0000000000804e40', // "tot" → number 61
  '8201 09 0a 03 6f706e 12 02 10 01', // "opn" → boolean true
  '8901 0100000000000000', // 17: schema 1
  '9001 02', // 18: redrives 2
].join(' ');

const golden = observationOf({
  count: 2,
  flags: ['coarse-clock'],
  stamp: 615n,
  observedAtMs: 1000,
  receivedAtMs: 2000,
  position: { longitude: 1.5, latitude: 2 },
  attributes: new Map<string, number | boolean>([
    ['tot', 61],
    ['opn', true],
  ]),
  schema: 1n,
  redrives: 2,
});

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

/** The golden record with some of its bytes exchanged for as many others. */
function goldenWith(before: string, after: string): Buffer {
  const hex = GOLDEN.replaceAll(' ', '');
  expect(hex).toContain(before.replaceAll(' ', ''));
  return Buffer.from(hex.replace(before.replaceAll(' ', ''), after.replaceAll(' ', '')), 'hex');
}

describe('an observation record', () => {
  it('is read from bytes written by hand', () => {
    expect(decodeObservationRecord(bytesOf(GOLDEN))).toEqual({ ok: true, observations: [golden] });
  });

  it('is written as those bytes', () => {
    expect(Buffer.from(encodeObservationRecord([golden])).toString('hex')).toBe(bytesOf(GOLDEN).toString('hex'));
  });

  it('gives back what it was given, order and all', () => {
    fc.assert(
      fc.property(fc.array(observation, { minLength: 1, maxLength: 4 }), (observations) => {
        const decoded = decodeObservationRecord(encodeObservationRecord(observations));
        expect(decoded).toEqual({ ok: true, observations });
      }),
    );
  });

  it('reads records one behind the other as one', () => {
    const [first, second] = [observationOf(), observationOf({ readingId: 'trace-2/0' })];
    const bytes = Buffer.concat([encodeObservationRecord([first]), encodeObservationRecord([second])]);
    expect(decodeObservationRecord(bytes)).toEqual({ ok: true, observations: [first, second] });
  });

  it('of one observation is refused when cut at any byte', () => {
    fc.assert(
      fc.property(observation, (whole) => {
        const bytes = encodeObservationRecord([whole]);
        for (let length = 0; length < bytes.length; length += 1) {
          expect(decodeObservationRecord(bytes.subarray(0, length))).toMatchObject({ ok: false, reason: 'malformed' });
        }
      }),
      { numRuns: 20 },
    );
  });

  it('of several is refused when cut at any byte within one of them', () => {
    const parts = [observationOf(), observationOf({ readingId: 'trace-2/0', count: 7 })];
    const bytes = encodeObservationRecord(parts);
    const boundary = encodeObservationRecord(parts.slice(0, 1)).length;
    for (let length = 0; length < bytes.length; length += 1) {
      const decoded = decodeObservationRecord(bytes.subarray(0, length));
      // At the boundary stands a whole record of the first: no protobuf decoder can tell that there was more.
      expect([length, decoded.ok]).toEqual([length, length === boundary]);
    }
  });

  it('is never a throw, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeObservationRecord(bytes)));
    const whole = bytesOf(GOLDEN);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (index, mask) => {
        const flipped = Uint8Array.from(whole);
        flipped[index] = (flipped[index] ?? 0) ^ mask;
        decodeObservationRecord(flipped);
      }),
    );
  });

  it.each([
    ['a kind of no meaning', '18 01 22', '18 00 22'],
    ['a kind of a later version', '18 01 22', '18 09 22'],
    ['an attribute without a value', '12 02 10 01', '12 02 28 01'],
    ['a text that is not UTF-8', '32 06 676172616765', '32 06 ff7261676500'],
  ])('with %s is refused', (_what, before, after) => {
    expect(decodeObservationRecord(goldenWith(before, after))).toMatchObject({ ok: false, reason: 'malformed' });
  });

  it.each(['readingId', 'assetId', 'assetType', 'zone', 'source'] as const)('without %s is refused', (key) => {
    const bytes = encodeObservationRecord([observationOf({ [key]: '' })]);
    expect(decodeObservationRecord(bytes)).toMatchObject({ ok: false, reason: 'malformed' });
  });

  it('of nothing is refused', () => {
    expect(decodeObservationRecord(new Uint8Array())).toMatchObject({ ok: false, reason: 'malformed' });
  });

  it('loses flags that it does not know', () => {
    const bytes = goldenWith('2a 0c 636f617273652d636c6f636b', '2a 0c 636f617273652d636c6f6361');
    expect(decodeObservationRecord(bytes)).toMatchObject({ ok: true, observations: [{ flags: [] }] });
  });

  it('keeps what a writer had seen of a source called constructor', () => {
    const seen = new Map([['taken', new Map([['constructor', 5n]])]]);
    const decoded = decodeObservationRecord(encodeObservationRecord([observationOf({ seen })]));
    expect(decoded).toMatchObject({ ok: true, observations: [{ seen }] });
  });
});

describe('encodeObservation', () => {
  it('is the element of a record', () => {
    const element = Buffer.from(encodeObservation(golden));
    expect(bytesOf(GOLDEN).subarray(3).equals(element)).toBe(true);
  });
});

describe('a number that no twin can hold', () => {
  const numbers = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

  it.each(numbers)('is refused as an attribute (%s)', (value) => {
    const record = encodeObservationRecord([{ ...golden, attributes: new Map([['pm25', value]]) }]);
    expect(decodeObservationRecord(record)).toMatchObject({ ok: false, reason: 'malformed' });
  });

  it.each(numbers)('is refused in a position (%s)', (value) => {
    const record = encodeObservationRecord([{ ...golden, position: { longitude: 0, latitude: value } }]);
    expect(decodeObservationRecord(record)).toMatchObject({ ok: false, reason: 'malformed' });
  });
});
