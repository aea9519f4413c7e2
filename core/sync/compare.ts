import { BUCKETS, digestBucketOf } from './digest.ts';
import type { Leaf } from './frame.ts';

export interface Differences {
  /** The sender's is later, or the receiver has none. */
  readonly wanted: readonly Leaf[];
  /** The receiver's is later, or the sender lists none. */
  readonly heard: readonly Leaf[];
}

export function differingBuckets(ours: readonly bigint[], theirs: readonly bigint[]): readonly number[] {
  return [...ours.keys()].filter((bucket) => ours[bucket] !== theirs[bucket]);
}

/**
 * How many assets differ where so many buckets do: k assets, spread at random, leave a bucket alone with probability
 * (1 − 1/256)^k.
 */
export function estimatedAssets(buckets: number): number {
  return Math.log(1 - buckets / BUCKETS) / Math.log(1 - 1 / BUCKETS);
}

/** What differs within the buckets listed. */
export function compareListings(ours: Iterable<Leaf>, listings: ReadonlyMap<number, readonly Leaf[]>): Differences {
  const theirs = new Map([...listings.values()].flat().map((leaf) => [keyOf(leaf), leaf]));
  const heard: Leaf[] = [];
  for (const leaf of ours) {
    if (!listings.has(digestBucketOf(leaf.assetId))) continue;
    const key = keyOf(leaf);
    const theirStamp = theirs.get(key)?.stamp ?? -1n;
    if (theirStamp <= leaf.stamp) theirs.delete(key);
    if (theirStamp < leaf.stamp) heard.push(leaf);
  }
  return { wanted: [...theirs.values()], heard };
}

function keyOf({ assetId, attribute, sensor }: Leaf): string {
  return `${assetId}/${attribute}/${sensor}`;
}
