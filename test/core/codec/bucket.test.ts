import { describe, expect, it } from 'vitest';
import { bucketOf, fnv1a32 } from '../../../core/codec/bucket.ts';

describe('fnv1a32', () => {
  /** The test vectors of the FNV authors (RFC 9923, test_fnv1a_32). */
  it.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['b', 0xe70c2de5],
    ['foobar', 0xbf9cf968],
  ])('of %j is %d', (text, hash) => {
    expect(fnv1a32(text)).toBe(hash);
  });
});

describe('bucketOf', () => {
  it('spreads assets that differ in a number only: no bucket has more than twice its share', () => {
    const sizes = Array.from({ length: 64 }, () => 0);
    for (let index = 0; index < 6400; index += 1) {
      const bucket = bucketOf(`spot-${index}`, 64);
      sizes[bucket] = (sizes[bucket] ?? 0) + 1;
    }
    expect(sizes).toHaveLength(64);
    expect(Math.max(...sizes)).toBeLessThan(200);
    expect(Math.min(...sizes)).toBeGreaterThan(50);
  });

  it('is always the one where there is one', () => {
    expect(bucketOf('garage', 1)).toBe(0);
  });
});
