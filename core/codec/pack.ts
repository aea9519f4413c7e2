import type { Observation } from '../observation.ts';
import type { LogRecord } from '../ports.ts';
import { bucketOf } from './bucket.ts';
import { encodeObservation } from './observation-record.ts';
import { varintBytes } from './wire-writer.ts';

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
    const encoded = encodeObservation(observation);
    const bytes = ELEMENT_TAG_BYTES + varintBytes(encoded.length) + encoded.length;
    let record = open.get(bucket);
    if (record && record.bytes + bytes > RECORD_BYTES_MAX) {
      records.push(close(record));
      record = undefined;
    }
    if (!record) {
      record = { bucket, elements: [], readingIds: [], bytes: 0 };
      open.set(bucket, record);
    }
    record.elements.push(encoded);
    record.readingIds.push(observation.readingId);
    record.bytes += bytes;
  }
  for (const record of open.values()) records.push(close(record));
  return records;
}

interface OpenRecord {
  readonly bucket: number;
  readonly elements: Uint8Array[];
  readonly readingIds: string[];
  bytes: number;
}

/** Field 1 (`ObservationRecord.observations`), wire type 2: each element of a record is this, its length, its bytes. */
const ELEMENT_TAG = (1 << 3) | 2;
const ELEMENT_TAG_BYTES = 1;

function close({ bucket, elements, readingIds, bytes }: OpenRecord): PackedRecord {
  const data = new Uint8Array(bytes);
  let offset = 0;
  for (const element of elements) {
    data[offset] = ELEMENT_TAG;
    offset = writeVarint(element.length, data, offset + ELEMENT_TAG_BYTES);
    data.set(element, offset);
    offset += element.length;
  }
  return { partitionKey: String(bucket), data, readingIds };
}

/** Base 128, seven bits a byte, the lowest first; all but the last byte have the top bit set. */
function writeVarint(value: number, into: Uint8Array, at: number): number {
  let rest = value;
  let offset = at;
  while (rest > 0x7f) {
    into[offset] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
    offset += 1;
  }
  into[offset] = rest;
  return offset + 1;
}
