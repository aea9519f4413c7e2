import { describe, expect, it } from 'vitest';
import { compareListings, differingBuckets, estimatedAssets } from '../../../core/sync/compare.ts';
import { digestBucketOf, listingsOf, rootOf, sumsOf } from '../../../core/sync/digest.ts';

const NOON_MS = 1_795_262_400_000;
const LEAVES = [
  { assetId: 'garage', attribute: 'taken', sensor: 'loop', stamp: 1_795_247_998_800_004_711n },
  { assetId: 'garage', attribute: 'temperature', sensor: 'loop', stamp: 1_795_247_998_800_004_711n },
  { assetId: 'garage', attribute: 'taken', sensor: 'fused', stamp: 1_795_247_999_700_000_012n },
  { assetId: 'yard', attribute: 'position', sensor: 'loop', stamp: 1n },
];

describe('a digest', () => {
  // Computed apart from this code, by another implementation of XXH64 in another language.
  it('has the sums and the root that the format asks for, whatever the order', () => {
    for (const leaves of [LEAVES, LEAVES.toReversed()]) {
      const sums = sumsOf('gw-7', leaves);
      expect([...sums.entries()].filter(([, sum]) => sum !== 0n)).toEqual([
        [184, 0x7eca8187ee46564cn],
        [218, 0xe5351641712a5895n],
      ]);
      expect(rootOf(sums)).toBe(0x95436b07c54904cbn);
    }
    expect(rootOf(sumsOf('gw-7', LEAVES.slice(0, 3)))).toBe(0xe68b42cda32aa993n);
  });

  it('tells buckets, and listings tell leaves, and who is later', () => {
    const [first, , third, fourth] = LEAVES;
    if (!first || !third || !fourth) throw new Error('there are four');
    const ours = [{ ...first, stamp: first.stamp + 1n }, ...LEAVES.slice(1, 2), fourth];
    const theirs = LEAVES.slice(0, 3);
    const buckets = differingBuckets(sumsOf('gw-7', ours), sumsOf('gw-7', theirs));
    expect(new Set(buckets)).toEqual(new Set([digestBucketOf('garage'), digestBucketOf('yard')]));
    expect(compareListings(ours, listingsOf(theirs, buckets, 4096))).toEqual({
      wanted: [third],
      heard: [ours[0], fourth],
    });
  });

  it('lists as many buckets as fit, and one in any case', () => {
    const buckets = [digestBucketOf('garage'), digestBucketOf('yard')];
    expect(listingsOf(LEAVES, buckets, 4096).size).toBe(2);
    expect([...listingsOf(LEAVES, buckets, 1).keys()]).toEqual([digestBucketOf('garage')]);
  });

  it('tells how many assets differ by the number of buckets', () => {
    const estimated = (buckets: number) => estimatedAssets(firstBuckets(buckets), [], NOON_MS);
    expect(estimated(0)).toBeCloseTo(0);
    expect(estimated(1)).toBeCloseTo(1);
    expect(estimated(83)).toBeCloseTo(100, 0);
    expect(estimated(256)).toBe(Number.POSITIVE_INFINITY);
  });

  it('leaves out buckets in which something is under way, and says nothing where few are left', () => {
    const assetIn = Array.from({ length: 256 }, () => '');
    for (let index = 0; assetIn.includes(''); index += 1) assetIn[digestBucketOf(`a${index}`)] = `a${index}`;
    const leafIn = (bucket: number, observedAtMs: number) => ({
      assetId: assetIn[bucket] ?? '',
      attribute: 'taken',
      sensor: 'loop',
      stamp: BigInt(observedAtMs) * 1_000_000n,
    });
    const busy = (count: number) => firstBuckets(count).map((bucket) => leafIn(bucket, NOON_MS + 1));
    expect(estimatedAssets(firstBuckets(83), busy(83), NOON_MS)).toBeCloseTo(0);
    expect(estimatedAssets(firstBuckets(83), [leafIn(0, NOON_MS)], NOON_MS)).toBeCloseTo(100, 0);
    // Of 64 at rest, 21 differ: as many as of all 256, 84 would.
    expect(estimatedAssets(firstBuckets(192 + 21), busy(192), NOON_MS)).toBeCloseTo(101.6, 1);
    expect(estimatedAssets(firstBuckets(256), busy(193), NOON_MS)).toBe(0);
  });
});

function firstBuckets(count: number): number[] {
  return Array.from({ length: count }, (_, bucket) => bucket);
}
