import { integer, readInput } from './input.ts';
import type { Operation } from './operation.ts';
import { locateStream, shardId, streamReference } from './parameters.ts';
import { Refusal } from './refusal.ts';
import { shardOutput, streamDetails } from './stream-output.ts';

const LIMIT_MAX = 10_000;
/** The reference: whatever is asked for, at most 100 shards are returned. */
const SHARDS_PER_PAGE = 100;

const fields = { ...streamReference, Limit: integer(1, LIMIT_MAX), ExclusiveStartShardId: shardId };

export const describeStream: Operation = (streams, input) => {
  const read = readInput(input, fields);
  if (read instanceof Refusal) return read;
  const stream = locateStream(streams, read);
  if (stream instanceof Refusal) return stream;

  const start = read.ExclusiveStartShardId ?? '';
  const following = stream.shards.filter(({ id }) => id > start);
  const page = following.slice(0, Math.min(read.Limit ?? SHARDS_PER_PAGE, SHARDS_PER_PAGE));
  return {
    StreamDescription: {
      ...streamDetails(stream),
      Shards: page.map(shardOutput),
      HasMoreShards: page.length < following.length,
    },
  };
};
