import { hash } from 'node:crypto';

/**
 * The lane that takes a record when a shard is read by several at a time: always the same one for a partition key, so
 * that the records of a key stay in order.
 * docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html, ParallelizationFactor
 */
export function laneOf(partitionKey: string, laneCount: number): number {
  // The shard follows from the digest's first bytes, so its last ones spread a shard's keys evenly.
  return hash('md5', partitionKey, 'buffer').readUInt32LE(12) % laneCount;
}

/** How far the lanes of a shard have come. */
export interface ShardProgress {
  /** The last sequence number that a lane has done or passed over; undefined for the shard's beginning. */
  of(lane: number): string | undefined;
  advance(lane: number, sequenceNumber: string): void;
}

/** Calls `checkpoint` with the lowest of the lanes' positions whenever that rises. */
export function trackProgress(
  laneCount: number,
  start: string | undefined,
  checkpoint: (sequenceNumber: string) => void,
): ShardProgress {
  const positions = Array.from({ length: laneCount }, () => start);
  let lowest = start;
  return {
    of: (lane) => positions[lane],
    advance(lane, sequenceNumber) {
      positions[lane] = sequenceNumber;
      const next = positions.reduce((least, position) => (isBehind(position, least) ? position : least));
      if (next !== undefined && next !== lowest) {
        lowest = next;
        checkpoint(next);
      }
    },
  };
}

function isBehind(position: string | undefined, other: string | undefined): boolean {
  return other !== undefined && (position === undefined || BigInt(position) < BigInt(other));
}
