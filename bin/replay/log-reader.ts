import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ShardIteratorType,
} from '@aws-sdk/client-kinesis';
import { shardIds } from '../shard-ids.ts';

const RECORDS_MAX = 10_000;

export interface LogReader {
  /** The records that each shard has had since the last call, shard after shard, in sequence order. */
  next(): Promise<Uint8Array[]>;
}

/** Reads a whole stream from its oldest record on, parents before children, and then what is appended. */
export async function readStream(kinesis: KinesisClient, streamName: string): Promise<LogReader> {
  const iterators = new Map<string, string | undefined>();
  for (const shardId of await shardIds(kinesis, streamName)) {
    const { ShardIterator: iterator } = await kinesis.send(
      new GetShardIteratorCommand({
        StreamName: streamName,
        ShardId: shardId,
        ShardIteratorType: ShardIteratorType.TRIM_HORIZON,
      }),
    );
    iterators.set(shardId, iterator);
  }

  const drain = async (shardId: string, records: Uint8Array[]): Promise<void> => {
    for (;;) {
      const iterator = iterators.get(shardId);
      if (!iterator) return;
      const answer = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: RECORDS_MAX }));
      iterators.set(shardId, answer.NextShardIterator);
      for (const { Data: data } of answer.Records ?? []) if (data) records.push(data);
      if ((answer.Records ?? []).length === 0) return;
    }
  };

  return {
    async next() {
      const records: Uint8Array[] = [];
      for (const shardId of iterators.keys()) await drain(shardId, records);
      return records;
    },
  };
}
