import assert from 'node:assert/strict';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { KinesisStreamRecord } from 'aws-lambda';
import { fnv1a32 } from '../../../core/codec/bucket.ts';
import type { World } from '../world.ts';

/** So that sequence numbers soon grow by a digit: as text, the later then sorts before the earlier. */
const FIRST_SEQUENCE_NUMBER = 95;

export interface Shard {
  readonly id: string;
  readonly records: readonly KinesisStreamRecord[];
}

export interface Streams {
  /** A request of Kinesis' API to its answer. */
  execute(command: object): object;
  put(streamName: string, partitionKey: string, data: Uint8Array): void;
  shards(streamName: string): readonly Shard[];
  /** Calls back whenever a shard has something new. */
  onPut(streamName: string, wake: (shardId: string) => void): void;
}

/** Kinesis in memory: order within a shard as the records came; of a PutRecords call any records may be refused. */
export function createStreams(
  { scheduler, chance, faults, trace }: World,
  shardCounts: Readonly<Record<string, number>>,
): Streams {
  const streams = new Map(
    Object.entries(shardCounts).map(([name, count]) => [
      name,
      Array.from({ length: count }, (_, index) => ({
        id: `shardId-${String(index).padStart(12, '0')}`,
        records: [] as KinesisStreamRecord[],
      })),
    ]),
  );
  const wakes = new Map<string, (shardId: string) => void>();
  const shards = (streamName: string) => {
    const found = streams.get(streamName);
    assert(found, `no stream ${streamName}`);
    return found;
  };

  const put = (streamName: string, partitionKey: string, data: Uint8Array): string => {
    const all = shards(streamName);
    const shard = all[fnv1a32(partitionKey) % all.length];
    assert(shard);
    const sequenceNumber = String(FIRST_SEQUENCE_NUMBER + shard.records.length);
    shard.records.push(recordOf(shard.id, sequenceNumber, partitionKey, data, scheduler.nowMs()));
    trace(() => `${streamName}: ${shard.id.slice(-2)}/${sequenceNumber} of key ${partitionKey}`);
    wakes.get(streamName)?.(shard.id);
    return sequenceNumber;
  };

  return {
    put,
    shards,
    onPut: (streamName, wake) => void wakes.set(streamName, wake),
    execute(command) {
      assert(command instanceof PutRecordsCommand, `the simulated streams do not know ${command.constructor.name}`);
      const { StreamName: streamName = '', Records: records = [] } = command.input;
      const results = records.map(({ PartitionKey: key = '', Data: data = new Uint8Array() }) =>
        chance.happens(faults.recordThrottled)
          ? { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'slow down' }
          : { SequenceNumber: put(streamName, key, data), ShardId: 'any' },
      );
      return { FailedRecordCount: results.filter((result) => 'ErrorCode' in result).length, Records: results };
    },
  };
}

function recordOf(
  shardId: string,
  sequenceNumber: string,
  partitionKey: string,
  data: Uint8Array,
  nowMs: number,
): KinesisStreamRecord {
  return {
    awsRegion: 'us-east-1',
    eventID: `${shardId}:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    eventSource: 'aws:kinesis',
    eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/simulated',
    eventVersion: '1.0',
    invokeIdentityArn: 'arn:aws:iam::000000000000:role/simulated',
    kinesis: {
      approximateArrivalTimestamp: nowMs / 1000,
      data: Buffer.from(data).toString('base64'),
      kinesisSchemaVersion: '1.0',
      partitionKey,
      sequenceNumber,
    },
  };
}
