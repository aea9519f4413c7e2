import { blob, hashKey, required, text } from './input.ts';
import { sequenceNumberText } from './parameters.ts';
import { Refusal } from './refusal.ts';
import { recordBytesMax, type Shard, type Stream } from './stream.ts';

/** PutRecords takes so many records, and so many bytes of data and partition keys, in one request. */
export const PUT_RECORDS_MAX = 500;
export const PUT_RECORDS_BYTES_MAX = 10 * 1024 * 1024;
const PARTITION_KEY_LENGTH_MAX = 256;

/** What a record consists of, in PutRecord and in PutRecords. */
export const recordFields = {
  Data: required(blob),
  PartitionKey: required(text({ lengthMax: PARTITION_KEY_LENGTH_MAX })),
  ExplicitHashKey: hashKey,
};

/** Accepted and without effect: sequence numbers of a shard always increase strictly here. */
export const sequenceNumberForOrdering = sequenceNumberText;

/** Bytes of a record as the limits count them. */
export function recordBytes(data: Uint8Array, partitionKey: string): number {
  return data.length + Buffer.byteLength(partitionKey);
}

/** Refuses a record that is larger than its stream allows. */
export function refuseLargeRecord(stream: Stream, bytes: number): Refusal | undefined {
  const bytesMax = recordBytesMax(stream);
  if (bytes <= bytesMax) return undefined;
  return new Refusal(
    'InvalidArgumentException',
    `Data and partition key have ${bytes} bytes; a record of ${stream.description.name} may have ${bytesMax}.`,
  );
}

/**
 * Refuses a record while too many bytes wait for the disk. This is the only throttling: a shard's 1 MB and 1,000
 * records a second are not imitated, since a laptop's load test wants to see where the code ends and not the quota.
 */
export function refuseOverload(shard: Shard, bytes: number): Refusal | undefined {
  if (shard.log.hasRoomFor(bytes)) return undefined;
  return new Refusal(
    'ProvisionedThroughputExceededException',
    `Too many records of shard ${shard.id} wait to be written; try again later.`,
  );
}
