import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf } from '../../../core/codec/bucket.ts';
import { decodeObservationRecord, encodeObservationRecord } from '../../../core/codec/observation-record.ts';
import { packObservations, RECORD_BYTES_MAX } from '../../../core/codec/pack.ts';
import type { Observation } from '../../../core/observation.ts';
import { observation } from './arbitraries.ts';
import { observationOf } from './factories.ts';

function unpack(data: Uint8Array): readonly Observation[] {
  const decoded = decodeObservationRecord(data);
  expect(decoded.ok).toBe(true);
  return decoded.ok ? decoded.observations : [];
}

/** An observation that takes exactly this many bytes of a record. */
function observationOfBytes(bytes: number, readingId: string): Observation {
  const withNote = (length: number) =>
    observationOf({ readingId, attributes: new Map([['note', 'x'.repeat(length)]]) });
  let length = bytes;
  while (encodeObservationRecord([withNote(length)]).length > bytes) length -= 1;
  expect(encodeObservationRecord([withNote(length)])).toHaveLength(bytes);
  return withNote(length);
}

describe('packObservations', () => {
  it('makes no record of nothing', () => {
    expect(packObservations([], 64)).toEqual([]);
  });

  it('names the bucket, and the readings that are in a record', () => {
    const [record, ...more] = packObservations([observationOf(), observationOf({ readingId: 'trace-1/1' })], 64);
    expect(more).toEqual([]);
    expect(record?.partitionKey).toBe(String(bucketOf('garage', 64)));
    expect(record?.readingIds).toEqual(['trace-1/0', 'trace-1/1']);
    expect(
      Buffer.from(record?.data ?? []).equals(
        encodeObservationRecord([observationOf(), observationOf({ readingId: 'trace-1/1' })]),
      ),
    ).toBe(true);
  });

  it(`fills a record to ${RECORD_BYTES_MAX} bytes, and no further`, () => {
    const half = observationOfBytes(RECORD_BYTES_MAX / 2, 'a/0');
    const rest = observationOfBytes(RECORD_BYTES_MAX / 2, 'b/0');
    expect(packObservations([half, rest], 1).map(({ data }) => data.length)).toEqual([RECORD_BYTES_MAX]);
    const tooMuch = observationOfBytes(RECORD_BYTES_MAX / 2 + 1, 'b/0');
    expect(packObservations([half, tooMuch], 1).map(({ readingIds }) => readingIds)).toEqual([['a/0'], ['b/0']]);
  });

  it('lets one that is larger than a record stand alone', () => {
    const large = observationOfBytes(RECORD_BYTES_MAX + 1, 'b/0');
    const small = (readingId: string) => observationOf({ readingId });
    const records = packObservations([small('a/0'), large, small('c/0')], 1);
    expect(records.map(({ readingIds }) => readingIds)).toEqual([['a/0'], ['b/0'], ['c/0']]);
  });

  it('loses nothing, mixes no buckets and keeps the order of each', () => {
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 40 }), fc.integer({ min: 1, max: 8 }), (observations, buckets) => {
        const records = packObservations(observations, buckets);
        for (let bucket = 0; bucket < buckets; bucket += 1) {
          const ofBucket = records.filter(({ partitionKey }) => partitionKey === String(bucket));
          expect(ofBucket.flatMap(({ data }) => unpack(data))).toEqual(
            observations.filter(({ assetId }) => bucketOf(assetId, buckets) === bucket),
          );
        }
        for (const { data, readingIds } of records) {
          expect(unpack(data).map(({ readingId }) => readingId)).toEqual(readingIds);
          expect(data.length <= RECORD_BYTES_MAX || readingIds.length === 1).toBe(true);
        }
      }),
    );
  });
});
