import { list, readInput, required, unsupported } from './input.ts';
import type { Operation, Output } from './operation.ts';
import { locateStream, streamReference } from './parameters.ts';
import {
  PUT_RECORDS_BYTES_MAX,
  PUT_RECORDS_MAX,
  recordBytes,
  recordFields,
  refuseLargeRecord,
  refuseOverload,
} from './put-limits.ts';
import { Refusal } from './refusal.ts';
import { putIntoShard, shardFor, type Stream } from './stream.ts';

const fields = {
  ...streamReference,
  Records: required(list(recordFields, 1, PUT_RECORDS_MAX)),
  DryRun: unsupported(false),
};

interface Entry {
  readonly Data: Buffer;
  readonly PartitionKey: string;
  readonly ExplicitHashKey: bigint | undefined;
}

/** Each record succeeds or fails by itself; the answer has one entry for each, in the order of the request. */
export const putRecords: Operation = async (streams, input) => {
  const read = readInput(input, fields);
  if (read instanceof Refusal) return read;
  const stream = locateStream(streams, read);
  if (stream instanceof Refusal) return stream;
  const refused = refuseLargeRequest(stream, read.Records);
  if (refused) return refused;

  const nowMs = streams.nowMs();
  const results = await Promise.all(read.Records.map((entry) => putEntry(stream, entry, nowMs)));
  return {
    FailedRecordCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length,
    Records: results,
    EncryptionType: stream.description.encryption.type,
  };
};

function refuseLargeRequest(stream: Stream, entries: readonly Entry[]): Refusal | undefined {
  let totalBytes = 0;
  for (const { Data, PartitionKey } of entries) {
    const bytes = recordBytes(Data, PartitionKey);
    const refused = refuseLargeRecord(stream, bytes);
    if (refused) return refused;
    totalBytes += bytes;
  }
  if (totalBytes <= PUT_RECORDS_BYTES_MAX) return undefined;
  return new Refusal(
    'InvalidArgumentException',
    `The records have ${totalBytes} bytes together; a request may have ${PUT_RECORDS_BYTES_MAX}.`,
  );
}

async function putEntry(
  stream: Stream,
  { Data, PartitionKey, ExplicitHashKey }: Entry,
  nowMs: number,
): Promise<Output> {
  const shard = shardFor(stream, PartitionKey, ExplicitHashKey);
  const refused = refuseOverload(shard, recordBytes(Data, PartitionKey));
  if (refused) return { ErrorCode: refused.type, ErrorMessage: refused.message };
  try {
    const { shardId, sequenceNumber } = await putIntoShard(shard, PartitionKey, Data, nowMs);
    return { ShardId: shardId, SequenceNumber: sequenceNumber };
  } catch (error) {
    return { ErrorCode: 'InternalFailure', ErrorMessage: String(error) };
  }
}
