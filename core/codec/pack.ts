import type { Observation } from '../observation.ts';
import type { LogRecord } from '../ports.ts';
import { bucketOf } from './bucket.ts';
import { encodeObservation } from './observation-record.ts';
import { OBSERVATIONS } from './observation-tags.ts';
import { varintBytes, WireWriter } from '../wire/wire-writer.ts';

/**
 * Kinesis bills a record by units of 25 KB, partition key included. Decimal kilobytes stay within a unit whichever way
 * they are counted.
 */
export const RECORD_BYTES_MAX = 25_000;

/** A record of the log, and which readings are in it. */
export interface PackedRecord extends LogRecord {
  readonly readingIds: readonly string[];
}

/**
 * Packs observations into records of one bucket each, at most `RECORD_BYTES_MAX` bytes; an observation larger than
 * that stands alone. The records of a bucket are in sequence, and so are the observations within them.
 */
export function packObservations(observations: Iterable<Observation>, buckets: number): readonly PackedRecord[] {
  const records: PackedRecord[] = [];
  const open = new Map<number, OpenRecord>();
  for (const observation of observations) {
    const bucket = bucketOf(observation.assetId, buckets);
    const element = encodeObservation(observation);
    let record = open.get(bucket);
    if (record && record.data.length + TAG_BYTES + varintBytes(element.length) + element.length > RECORD_BYTES_MAX) {
      records.push(close(record));
      record = undefined;
    }
    if (!record) {
      record = { bucket, data: new WireWriter(), readingIds: [] };
      open.set(bucket, record);
    }
    record.data.bytes(OBSERVATIONS, element);
    record.readingIds.push(observation.readingId);
  }
  for (const record of open.values()) records.push(close(record));
  return records;
}

interface OpenRecord {
  readonly bucket: number;
  readonly data: WireWriter;
  readonly readingIds: string[];
}

/** `OBSERVATIONS` is below 128. */
const TAG_BYTES = 1;

function close({ bucket, data, readingIds }: OpenRecord): PackedRecord {
  return { partitionKey: String(bucket), data: data.finish(), readingIds };
}
