import { oneOf, readInput, type Read, required, timeMs, unsupported } from './input.ts';
import type { Operation } from './operation.ts';
import { locateShard, locateStream, requiredShardId, sequenceNumberText, streamReference } from './parameters.ts';
import { Refusal } from './refusal.ts';
import { indexOfSequenceNumber } from './sequence-number.ts';
import { issueIterator } from './shard-iterator.ts';
import type { Shard } from './stream.ts';

const fields = {
  ...streamReference,
  ShardId: requiredShardId,
  ShardIteratorType: required(
    oneOf('AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER', 'TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'),
  ),
  StartingSequenceNumber: sequenceNumberText,
  Timestamp: timeMs,
  DryRun: unsupported(false),
};

export const getShardIterator: Operation = async (streams, input) => {
  const read = readInput(input, fields);
  if (read instanceof Refusal) return read;
  const stream = locateStream(streams, read);
  if (stream instanceof Refusal) return stream;
  const shard = locateShard(stream, read.ShardId);
  if (shard instanceof Refusal) return shard;

  const fromIndex = await startingIndex(shard, read, streams.nowMs());
  if (fromIndex instanceof Refusal) return fromIndex;
  return { ShardIterator: issueIterator({ stream, shard, fromIndex }, streams.nowMs()) };
};

function startingIndex(
  shard: Shard,
  { ShardIteratorType: type, StartingSequenceNumber, Timestamp }: Read<typeof fields>,
  nowMs: number,
): number | Refusal | Promise<number> {
  if (type === 'TRIM_HORIZON') return shard.log.firstIndex;
  if (type === 'LATEST') return shard.log.nextIndex;
  if (type === 'AT_TIMESTAMP') return indexAtTime(shard, Timestamp, nowMs);
  const index = indexOfStart(shard, type, StartingSequenceNumber);
  return typeof index === 'number' && type === 'AFTER_SEQUENCE_NUMBER' ? index + 1 : index;
}

/** A starting sequence number names a record of this shard, or is the shard's own, which stands before the first. */
function indexOfStart(shard: Shard, type: string, text: string | undefined): number | Refusal {
  if (text === undefined) {
    return new Refusal('InvalidArgumentException', `StartingSequenceNumber must be given with ${type}.`);
  }
  const index = indexOfSequenceNumber(shard.numbering, text);
  if (index === undefined || index >= shard.log.nextIndex) {
    return new Refusal('InvalidArgumentException', `Sequence number ${text} is none of shard ${shard.id}.`);
  }
  return index;
}

function indexAtTime(shard: Shard, atMs: number | undefined, nowMs: number): Refusal | Promise<number> {
  if (atMs === undefined) {
    return new Refusal('InvalidArgumentException', 'Timestamp must be given with AT_TIMESTAMP.');
  }
  if (atMs > nowMs) {
    return new Refusal('InvalidArgumentException', `Timestamp ${atMs} ms lies after the present, ${nowMs} ms.`);
  }
  return shard.log.indexAtArrival(atMs);
}
