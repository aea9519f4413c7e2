import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ShardIteratorType,
} from '@aws-sdk/client-kinesis';
import { shardIds } from '../shard-ids.ts';

const RECORDS_MAX = 10_000;
const HOUR_MS = 3_600_000;

export interface StreamRecord {
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly arrivedAtMs: number;
  readonly data: Uint8Array;
}

export interface StreamReader {
  /** What each shard has had since the last call up to its tip, shard after shard, in sequence order. */
  pages(): AsyncGenerator<readonly StreamRecord[]>;
}

/** Of the stream, and when it was made. */
export interface Retention {
  readonly retentionMs: number;
  readonly createdAtMs: number;
}

export async function retentionOf(kinesis: KinesisClient, streamName: string): Promise<Retention> {
  const { StreamDescriptionSummary: summary } = await kinesis.send(
    new DescribeStreamSummaryCommand({ StreamName: streamName }),
  );
  return {
    retentionMs: (summary?.RetentionPeriodHours ?? 0) * HOUR_MS,
    createdAtMs: summary?.StreamCreationTimestamp?.getTime() ?? 0,
  };
}

/** Reads a stream from what arrived at or after `fromMs`, or from its oldest record where that is younger. */
export async function openStreamReader(
  kinesis: KinesisClient,
  streamName: string,
  fromMs: number,
): Promise<StreamReader> {
  const iterators = new Map<string, string | undefined>();
  for (const shardId of await shardIds(kinesis, streamName)) {
    const { ShardIterator: iterator } = await kinesis.send(
      new GetShardIteratorCommand({
        StreamName: streamName,
        ShardId: shardId,
        ShardIteratorType: ShardIteratorType.AT_TIMESTAMP,
        Timestamp: new Date(Math.max(0, fromMs)),
      }),
    );
    iterators.set(shardId, iterator);
  }

  return {
    async *pages() {
      for (const [shardId, first] of iterators) {
        let [iterator, isBehind] = [first, true];
        while (iterator && isBehind) {
          const answer = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: RECORDS_MAX }));
          iterator = answer.NextShardIterator;
          iterators.set(shardId, iterator);
          isBehind = (answer.MillisBehindLatest ?? 0) > 0;
          yield (answer.Records ?? []).map(
            ({ SequenceNumber: sequenceNumber = '', ApproximateArrivalTimestamp: arrivedAt, Data: data }) => ({
              shardId,
              sequenceNumber,
              arrivedAtMs: arrivedAt?.getTime() ?? 0,
              data: data ?? new Uint8Array(),
            }),
          );
        }
      }
    },
  };
}
