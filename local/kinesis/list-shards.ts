import { integer, object, oneOf, type Read, readInput, required, text, timeMs } from './input.ts';
import type { Operation } from './operation.ts';
import { locateStream, shardId, streamReference } from './parameters.ts';
import { Refusal } from './refusal.ts';
import type { Stream } from './stream.ts';
import { shardOutput } from './stream-output.ts';
import type { Streams } from './streams.ts';
import { readToken, TOKEN_AGE_MS_MAX, writeToken } from './token.ts';

const MAX_RESULTS_MAX = 10_000;
/** The reference: whatever is asked for, at most 1,000 shards are returned. */
const SHARDS_PER_PAGE = 1000;
const TOKEN_LENGTH_MAX = 1_048_576;

const fields = {
  ...streamReference,
  NextToken: text({ lengthMax: TOKEN_LENGTH_MAX }),
  ExclusiveStartShardId: shardId,
  MaxResults: integer(1, MAX_RESULTS_MAX),
  StreamCreationTimestamp: timeMs,
  ShardFilter: object({
    Type: required(
      oneOf('AFTER_SHARD_ID', 'AT_TRIM_HORIZON', 'FROM_TRIM_HORIZON', 'AT_LATEST', 'AT_TIMESTAMP', 'FROM_TIMESTAMP'),
    ),
    ShardId: shardId,
    Timestamp: timeMs,
  }),
};

export const listShards: Operation = (streams, input) => {
  const read = readInput(input, fields);
  if (read instanceof Refusal) return read;
  const start = read.NextToken === undefined ? firstPage(streams, read) : nextPage(streams, read, read.NextToken);
  if (start instanceof Refusal) return start;

  const { stream, afterShardId } = start;
  const following = stream.shards.filter(({ id }) => id > afterShardId);
  const page = following.slice(0, Math.min(read.MaxResults ?? SHARDS_PER_PAGE, SHARDS_PER_PAGE));
  const last = page.at(-1);
  const hasMore = last !== undefined && page.length < following.length;
  const { name, createdAtMs } = stream.description;
  return {
    Shards: page.map(shardOutput),
    NextToken: hasMore ? writeToken([name, createdAtMs, last.id, streams.nowMs()]) : undefined,
  };
};

type Request = Read<typeof fields>;

interface PageStart {
  readonly stream: Stream;
  readonly afterShardId: string;
}

function firstPage(streams: Streams, request: Request): PageStart | Refusal {
  const stream = locateStream(streams, request);
  if (stream instanceof Refusal) return stream;
  const { StreamCreationTimestamp: createdAtMs, ShardFilter: filter, ExclusiveStartShardId } = request;
  if (createdAtMs !== undefined && createdAtMs !== stream.description.createdAtMs) {
    return new Refusal('ResourceNotFoundException', `No stream of that name was created at ${createdAtMs} ms.`);
  }
  if (filter?.Type === 'AFTER_SHARD_ID' && filter.ShardId === undefined) {
    return new Refusal('InvalidArgumentException', 'ShardFilter of type AFTER_SHARD_ID needs a ShardId.');
  }
  if ((filter?.Type === 'AT_TIMESTAMP' || filter?.Type === 'FROM_TIMESTAMP') && filter.Timestamp === undefined) {
    return new Refusal('InvalidArgumentException', `ShardFilter of type ${filter.Type} needs a Timestamp.`);
  }
  // All other filters ask for shards by when they were open; here all are, from creation on.
  const filterStart = filter?.Type === 'AFTER_SHARD_ID' ? filter.ShardId : undefined;
  return { stream, afterShardId: filterStart ?? ExclusiveStartShardId ?? '' };
}

function nextPage(streams: Streams, request: Request, token: string): PageStart | Refusal {
  const excluded = [
    'StreamName',
    'StreamARN',
    'ExclusiveStartShardId',
    'StreamCreationTimestamp',
    'ShardFilter',
  ] as const;
  const given = excluded.find((name) => request[name] !== undefined);
  if (given && given !== 'StreamARN') {
    return new Refusal('InvalidArgumentException', `NextToken and ${given} cannot be given together.`);
  }
  const [name, createdAtMs, afterShardId, issuedAtMs] = readToken(token) ?? [];
  if (typeof name !== 'string' || typeof afterShardId !== 'string' || typeof issuedAtMs !== 'number') {
    return new Refusal('InvalidArgumentException', 'NextToken is not one that ListShards gave.');
  }
  if (streams.nowMs() - issuedAtMs > TOKEN_AGE_MS_MAX) {
    return new Refusal('ExpiredNextTokenException', `NextToken is older than ${TOKEN_AGE_MS_MAX} ms; list again.`);
  }
  const stream = streams.find(name);
  return stream?.description.createdAtMs === createdAtMs && stream
    ? { stream, afterShardId }
    : new Refusal('ResourceNotFoundException', `The stream ${name} of the token is no longer there.`);
}
