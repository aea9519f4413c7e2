import { hash } from 'node:crypto';

/** Hash keys are 128-bit unsigned integers, in the API as decimal strings. */
export const HASH_KEY_MAX = (1n << 128n) - 1n;

export interface HashKeyRange {
  readonly startingHashKey: bigint;
  /** Inclusive. */
  readonly endingHashKey: bigint;
}

/** MD5, as the PutRecord page says of partition keys. */
export function hashKeyOf(partitionKey: string): bigint {
  return BigInt(`0x${hash('md5', partitionKey, 'hex')}`);
}

/** All hash keys, in even parts; what does not divide goes to the last one. */
export function evenRanges(shardCount: number): readonly HashKeyRange[] {
  const width = (HASH_KEY_MAX + 1n) / BigInt(shardCount);
  return Array.from({ length: shardCount }, (_, shard) => ({
    startingHashKey: width * BigInt(shard),
    endingHashKey: shard === shardCount - 1 ? HASH_KEY_MAX : width * BigInt(shard + 1) - 1n,
  }));
}
