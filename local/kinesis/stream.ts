import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { localArn } from '../aws.ts';
import { evenRanges, type HashKeyRange, hashKeyOf } from './hash-key.ts';
import { SegmentLog } from './segment-log.ts';
import { type Numbering, numberingOf, sequenceNumber } from './sequence-number.ts';

/** What the data directory keeps of a stream beside its records. */
export interface StreamDescription {
  readonly name: string;
  readonly createdAtMs: number;
  readonly mode: StreamMode;
  /** Fixed for the life of a stream: shards are not split or merged here. */
  readonly shardCount: number;
  readonly retentionHours: number;
  readonly maxRecordKiB: number;
  /** Reported as asked for; what lies on the laptop's disk is not encrypted. */
  readonly encryption: { readonly type: 'NONE' } | { readonly type: 'KMS'; readonly keyId: string };
  readonly tags: Readonly<Record<string, string>>;
}

export type StreamMode = 'ON_DEMAND' | 'PROVISIONED';

export interface Stream {
  description: StreamDescription;
  readonly directory: string;
  /** In the order of their hash key ranges. */
  readonly shards: readonly Shard[];
}

export interface Shard {
  readonly id: string;
  readonly hashKeyRange: HashKeyRange;
  readonly numbering: Numbering;
  readonly log: SegmentLog;
}

const SHARD_ID_DIGITS = 12;
const HOUR_MS = 3_600_000;

export async function openShards(
  directory: string,
  { createdAtMs, shardCount }: StreamDescription,
  nowMs: number,
): Promise<Shard[]> {
  return Promise.all(
    evenRanges(shardCount).map(async (hashKeyRange, number) => {
      const id = `shardId-${String(number).padStart(SHARD_ID_DIGITS, '0')}`;
      const log = await SegmentLog.open(join(directory, id), nowMs);
      return { id, hashKeyRange, numbering: numberingOf(createdAtMs, number), log };
    }),
  );
}

export function streamArn(stream: Stream): string {
  return localArn('kinesis', `stream/${stream.description.name}`);
}

export function recordBytesMax(stream: Stream): number {
  return stream.description.maxRecordKiB * 1024;
}

/** Where a record goes: by its explicit hash key, else by the MD5 of its partition key. */
export function shardFor(stream: Stream, partitionKey: string, explicitHashKey?: bigint): Shard {
  const hashKey = explicitHashKey ?? hashKeyOf(partitionKey);
  const shard = stream.shards.find(({ hashKeyRange }) => hashKey <= hashKeyRange.endingHashKey);
  assert(shard, `no shard of ${stream.description.name} covers the hash key ${hashKey}`);
  return shard;
}

export interface PutReceipt {
  readonly shardId: string;
  readonly sequenceNumber: string;
}

/** Queues a record in its shard before it returns; resolves once it is written. */
export async function putIntoShard(
  shard: Shard,
  partitionKey: string,
  data: Uint8Array,
  nowMs: number,
): Promise<PutReceipt> {
  const index = await shard.log.append(partitionKey, data, nowMs);
  return { shardId: shard.id, sequenceNumber: sequenceNumber(shard.numbering, index) };
}

/** Lets go of records that are older than the stream's retention, a segment at a time. */
export async function trimStream({ description, shards }: Stream, nowMs: number): Promise<void> {
  const oldestMs = nowMs - description.retentionHours * HOUR_MS;
  await Promise.all(shards.map(({ log }) => log.trim(oldestMs)));
}
