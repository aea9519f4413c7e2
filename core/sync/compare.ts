import { observedAtMsOf } from '../twin/stamp.ts';
import { BUCKETS, digestBucketOf } from './digest.ts';
import type { Leaf } from './frame.ts';

/** The later dot of each pair. */
export interface Differences {
  /** The sender's is later, or the receiver has none. */
  readonly wanted: readonly Leaf[];
  /** The receiver's is later, or the sender lists none. */
  readonly heard: readonly Leaf[];
}

export const NO_DIFFERENCES: Differences = { wanted: [], heard: [] };

export function differingBuckets(ours: readonly bigint[], theirs: readonly bigint[]): readonly number[] {
  return [...ours.keys()].filter((bucket) => ours[bucket] !== theirs[bucket]);
}

/** From fewer buckets at rest no estimate is made. */
const RESTING_BUCKETS_MIN = BUCKETS / 4;

/**
 * How many assets differ, by the buckets that do; 0 where nothing can be said. Judged by the buckets at rest, whose dots
 * here are all as old: in the others differs what is under way. k assets, spread at random, leave a bucket alone with
 * probability (1 − 1/256)^k.
 */
export function estimatedAssets(differing: readonly number[], ours: Iterable<Leaf>, restingSinceMs: number): number {
  const busy = new Set<number>();
  for (const { assetId, stamp } of ours) {
    if (observedAtMsOf(stamp) > restingSinceMs) busy.add(digestBucketOf(assetId));
  }
  const resting = BUCKETS - busy.size;
  if (resting < RESTING_BUCKETS_MIN) return 0;
  const atRest = differing.filter((bucket) => !busy.has(bucket)).length;
  return Math.log(1 - atRest / resting) / Math.log(1 - 1 / BUCKETS);
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

/** Those whose later dot was observed by then: what is younger may be under way, to the twins or to the listing. */
export function observedBy({ wanted, heard }: Differences, atMs: number): Differences {
  const isOld = ({ stamp }: Leaf): boolean => observedAtMsOf(stamp) <= atMs;
  return { wanted: wanted.filter(isOld), heard: heard.filter(isOld) };
}

function keyOf({ assetId, attribute, sensor }: Leaf): string {
  return `${assetId}/${attribute}/${sensor}`;
}

export function dotKeyOf(leaf: Leaf): string {
  return `${keyOf(leaf)}@${leaf.stamp}`;
}
