import { createStream } from './create-stream.ts';
import { decreaseStreamRetentionPeriod } from './decrease-stream-retention-period.ts';
import { deleteStream } from './delete-stream.ts';
import { describeStreamSummary } from './describe-stream-summary.ts';
import { describeStream } from './describe-stream.ts';
import { getRecords } from './get-records.ts';
import { getShardIterator } from './get-shard-iterator.ts';
import { increaseStreamRetentionPeriod } from './increase-stream-retention-period.ts';
import { listShards } from './list-shards.ts';
import { listTagsForStream } from './list-tags-for-stream.ts';
import { listStreams } from './list-streams.ts';
import type { Operation } from './operation.ts';
import { putRecord } from './put-record.ts';
import { putRecords } from './put-records.ts';

/** What of the Kinesis API the local cloud does. */
export const operations: ReadonlyMap<string, Operation> = new Map([
  ['CreateStream', createStream],
  ['DecreaseStreamRetentionPeriod', decreaseStreamRetentionPeriod],
  ['DeleteStream', deleteStream],
  ['DescribeStream', describeStream],
  ['DescribeStreamSummary', describeStreamSummary],
  ['GetRecords', getRecords],
  ['GetShardIterator', getShardIterator],
  ['IncreaseStreamRetentionPeriod', increaseStreamRetentionPeriod],
  ['ListShards', listShards],
  ['ListStreams', listStreams],
  ['ListTagsForStream', listTagsForStream],
  ['PutRecord', putRecord],
  ['PutRecords', putRecords],
]);
