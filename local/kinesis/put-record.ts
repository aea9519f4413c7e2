import { readInput, unsupported } from './input.ts';
import type { Operation } from './operation.ts';
import { locateStream, streamReference } from './parameters.ts';
import {
  recordBytes,
  recordFields,
  refuseLargeRecord,
  refuseOverload,
  sequenceNumberForOrdering,
} from './put-limits.ts';
import { Refusal } from './refusal.ts';
import { putIntoShard, shardFor } from './stream.ts';

const fields = {
  ...streamReference,
  ...recordFields,
  SequenceNumberForOrdering: sequenceNumberForOrdering,
  DryRun: unsupported(false),
};

export const putRecord: Operation = async (streams, input) => {
  const read = readInput(input, fields);
  if (read instanceof Refusal) return read;
  const stream = locateStream(streams, read);
  if (stream instanceof Refusal) return stream;

  const bytes = recordBytes(read.Data, read.PartitionKey);
  const shard = shardFor(stream, read.PartitionKey, read.ExplicitHashKey);
  const refused = refuseLargeRecord(stream, bytes) ?? refuseOverload(shard, bytes);
  if (refused) return refused;

  const { shardId, sequenceNumber } = await putIntoShard(shard, read.PartitionKey, read.Data, streams.nowMs());
  return { ShardId: shardId, SequenceNumber: sequenceNumber, EncryptionType: stream.description.encryption.type };
};
