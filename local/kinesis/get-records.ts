import { integer, readInput, required, text, unsupported } from './input.ts';
import type { Operation } from './operation.ts';
import { locateStream, streamReference } from './parameters.ts';
import type { LogRecord } from './record-format.ts';
import { Refusal } from './refusal.ts';
import { sequenceNumber } from './sequence-number.ts';
import { issueIterator, redeemIterator } from './shard-iterator.ts';
import type { Shard } from './stream.ts';

const GET_RECORDS_MAX = 10_000;
const GET_RECORDS_BYTES_MAX = 10 * 1024 * 1024;
const ITERATOR_LENGTH_MAX = 512;

const fields = {
  ...streamReference,
  ShardIterator: required(text({ lengthMax: ITERATOR_LENGTH_MAX })),
  Limit: integer(1, Number.MAX_SAFE_INTEGER),
  DryRun: unsupported(false),
};

export const getRecords: Operation = async (streams, input) => {
  const read = readInput(input, fields);
  if (read instanceof Refusal) return read;
  const recordsMax = read.Limit ?? GET_RECORDS_MAX;
  // The reference names the error for this one bound: a larger limit is an invalid argument.
  if (recordsMax > GET_RECORDS_MAX) {
    return new Refusal('InvalidArgumentException', `Limit ${recordsMax} is larger than ${GET_RECORDS_MAX}.`);
  }
  const position = redeemIterator(streams, read.ShardIterator);
  if (position instanceof Refusal) return position;
  if (read.StreamARN !== undefined || read.StreamName !== undefined) {
    const stream = locateStream(streams, read);
    if (stream instanceof Refusal) return stream;
    if (stream !== position.stream) {
      return new Refusal('InvalidArgumentException', 'The shard iterator is of another stream than StreamARN.');
    }
  }

  const { shard, fromIndex } = position;
  const records = await shard.log.read(fromIndex, { recordsMax, bytesMax: GET_RECORDS_BYTES_MAX });
  const last = records.at(-1);
  const nextPosition = { ...position, fromIndex: last ? last.index + 1 : fromIndex };
  return {
    Records: records.map((record) => recordOutput(shard, record)),
    NextShardIterator: issueIterator(nextPosition, streams.nowMs()),
    MillisBehindLatest: millisBehindLatest(shard, last, streams.nowMs()),
  };
};

function recordOutput({ numbering }: Shard, { index, arrivalMs, partitionKey, data }: LogRecord) {
  return {
    SequenceNumber: sequenceNumber(numbering, index),
    ApproximateArrivalTimestamp: new Date(arrivalMs),
    Data: data,
    PartitionKey: partitionKey,
  };
}

/** How old the last record read is, unless it is the last of the shard. */
function millisBehindLatest(shard: Shard, last: LogRecord | undefined, nowMs: number): number {
  const isAtTip = last === undefined || last.index + 1 >= shard.log.nextIndex;
  return isAtTip ? 0 : Math.max(0, nowMs - last.arrivalMs);
}
