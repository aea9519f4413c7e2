import { describe, expect, it } from 'vitest';
import { compareListings, differingBuckets, estimatedAssets } from '../../../core/sync/compare.ts';
import { digestBucketOf, listingsOf, rootOf, sumsOf } from '../../../core/sync/digest.ts';

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
    expect(estimatedAssets(0)).toBeCloseTo(0);
    expect(estimatedAssets(1)).toBeCloseTo(1);
    expect(estimatedAssets(83)).toBeCloseTo(100, 0);
    expect(estimatedAssets(256)).toBe(Number.POSITIVE_INFINITY);
  });
});
