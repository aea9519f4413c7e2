import type { Output } from './operation.ts';
import { sequenceNumber } from './sequence-number.ts';
import { type Shard, type Stream, streamArn } from './stream.ts';

/** What DescribeStream, DescribeStreamSummary and ListStreams say of a stream alike. */
export function streamSummary(stream: Stream): Output {
  const { name, createdAtMs, mode } = stream.description;
  return {
    StreamName: name,
    StreamARN: streamArn(stream),
    StreamStatus: 'ACTIVE',
    StreamModeDetails: { StreamMode: mode },
    StreamCreationTimestamp: new Date(createdAtMs),
  };
}

/** What the two Describe operations add to it. */
export function streamDetails(stream: Stream): Output {
  const { retentionHours, encryption } = stream.description;
  return {
    ...streamSummary(stream),
    RetentionPeriodHours: retentionHours,
    EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
    EncryptionType: encryption.type,
    KeyId: encryption.type === 'KMS' ? encryption.keyId : undefined,
  };
}

/** No shard has an ending sequence number or a parent: shards are neither split nor merged here. */
export function shardOutput({ id, hashKeyRange, numbering }: Shard): Output {
  return {
    ShardId: id,
    HashKeyRange: {
      StartingHashKey: hashKeyRange.startingHashKey.toString(),
      EndingHashKey: hashKeyRange.endingHashKey.toString(),
    },
    SequenceNumberRange: { StartingSequenceNumber: sequenceNumber(numbering, 0) },
  };
}
