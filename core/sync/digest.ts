/**
 * What was sent, in one number and in 256: two sides that hold the same have the same root, and where the roots differ
 * the buckets' sums tell which assets to look at. All of an asset is in one bucket, and sums do not depend on order.
 */

import { getTextEncoding } from '@bufbuild/protobuf/wire';
import type { Leaf } from './frame.ts';
import { xxh64 } from './xxh64.ts';

export const BUCKETS = 256;

const BUCKET_SHIFT = 56n;
const SUM_BYTES = 8;
/** Parts a name from what follows; no name holds it. */
const SEPARATOR = '\0';

/** The bucket of an asset, 0 to 255: the top byte of XXH64 of its id. */
export function digestBucketOf(assetId: string): number {
  return Number(xxh64(getTextEncoding().encodeUtf8(assetId)) >> BUCKET_SHIFT);
}

/** All buckets' sums of leaves, modulo 2⁶⁴. About 9 µs a leaf, so whoever is asked often keeps them. */
export function sumsOf(gateway: string, leaves: Iterable<Leaf>): readonly bigint[] {
  const sums = Array.from({ length: BUCKETS }, () => 0n);
  const buckets = new Map<string, number>();
  for (const leaf of leaves) {
    const bucket = buckets.get(leaf.assetId) ?? digestBucketOf(leaf.assetId);
    buckets.set(leaf.assetId, bucket);
    sums[bucket] = BigInt.asUintN(64, (sums[bucket] ?? 0n) + hashOf(gateway, leaf));
  }
  return sums;
}

/** XXH64 of the 256 sums, the lowest byte of each first. */
export function rootOf(sums: readonly bigint[]): bigint {
  const bytes = new Uint8Array(BUCKETS * SUM_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [bucket, sum] of sums.entries()) view.setBigUint64(bucket * SUM_BYTES, sum, true);
  return xxh64(bytes);
}

/** XXH64 of asset, attribute and source, each followed by a byte of 0, and the stamp, the lowest byte first. */
function hashOf(gateway: string, { assetId, attribute, sensor, stamp }: Leaf): bigint {
  const names = getTextEncoding().encodeUtf8(
    `${assetId}${SEPARATOR}${attribute}${SEPARATOR}${gateway}/${sensor}${SEPARATOR}`,
  );
  const bytes = new Uint8Array(names.length + SUM_BYTES);
  bytes.set(names);
  new DataView(bytes.buffer).setBigUint64(names.length, stamp, true);
  return xxh64(bytes);
}

/** Around the names of a leaf. */
export const LEAF_BYTES = 20;

/**
 * Bucket → its leaves, of as many of the buckets as fit into `bytesMax`, the first in any case: whoever asked asks for
 * the others again.
 */
export function listingsOf(
  leaves: Iterable<Leaf>,
  buckets: readonly number[],
  bytesMax: number,
): ReadonlyMap<number, readonly Leaf[]> {
  const byBucket = Map.groupBy(leaves, ({ assetId }) => digestBucketOf(assetId));
  const listings = new Map<number, readonly Leaf[]>();
  let bytes = 0;
  for (const bucket of buckets) {
    const listed = byBucket.get(bucket) ?? [];
    for (const { assetId, attribute, sensor } of listed) {
      bytes += LEAF_BYTES + assetId.length + attribute.length + sensor.length;
    }
    if (bytes > bytesMax && listings.size > 0) break;
    listings.set(bucket, listed);
  }
  return listings;
}
