import { locateShard } from './parameters.ts';
import { Refusal } from './refusal.ts';
import type { Shard, Stream } from './stream.ts';
import type { Streams } from './streams.ts';
import { readToken, TOKEN_AGE_MS_MAX, writeToken } from './token.ts';

/** A place in a shard between two records. */
export interface Position {
  readonly stream: Stream;
  readonly shard: Shard;
  /** Index of the first record to read. */
  readonly fromIndex: number;
}

/** The place as an opaque text, valid for five minutes; a stream that is deleted and created anew does not know it. */
export function issueIterator({ stream, shard, fromIndex }: Position, nowMs: number): string {
  const { name, createdAtMs } = stream.description;
  return writeToken([name, createdAtMs, shard.id, fromIndex, nowMs]);
}

export function redeemIterator(streams: Streams, token: string): Position | Refusal {
  const [name, createdAtMs, shardId, fromIndex, issuedAtMs] = readToken(token) ?? [];
  if (
    typeof name !== 'string' ||
    typeof shardId !== 'string' ||
    !Number.isSafeInteger(fromIndex) ||
    typeof fromIndex !== 'number' ||
    typeof issuedAtMs !== 'number'
  ) {
    return new Refusal('InvalidArgumentException', 'The shard iterator is not one that GetShardIterator gave.');
  }
  const ageMs = streams.nowMs() - issuedAtMs;
  if (ageMs > TOKEN_AGE_MS_MAX) {
    return new Refusal(
      'ExpiredIteratorException',
      `The shard iterator is ${ageMs} ms old; it is valid for ${TOKEN_AGE_MS_MAX} ms. Get another one.`,
    );
  }
  const stream = streams.find(name);
  if (!stream || stream.description.createdAtMs !== createdAtMs) {
    return new Refusal('ResourceNotFoundException', `The stream ${name} of the shard iterator is no longer there.`);
  }
  const shard = locateShard(stream, shardId);
  return shard instanceof Refusal ? shard : { stream, shard, fromIndex };
}
