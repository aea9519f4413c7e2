import assert from 'node:assert/strict';
import { decodeObservationRecord } from '../../../core/codec/observation-record.ts';
import type { Observation } from '../../../core/observation.ts';
import type { Streams } from '../cloud/streams.ts';

/** What stands in the log, shard by shard, in sequence. */
export function logOf(streams: Streams): readonly Observation[] {
  return streams.shards('observations').flatMap(({ records }) =>
    records.flatMap(({ kinesis }) => {
      const decoded = decodeObservationRecord(Buffer.from(kinesis.data, 'base64'));
      assert(decoded.ok, 'the log holds nothing but observations');
      return decoded.observations;
    }),
  );
}
