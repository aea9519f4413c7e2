import { describe, expect, it } from 'vitest';
import { xxh64 } from '../../../core/sync/xxh64.ts';

describe('XXH64', () => {
  // As the test suites of xxHash's implementations in Go and Python have them.
  it.each([
    ['', 0n, 'ef46db3751d8e999'],
    ['a', 0n, 'd24ec4f1a98c6e5b'],
    ['as', 0n, '1c330fb2d66be179'],
    ['asd', 0n, '631c37ce72a97393'],
    ['asdf', 0n, '415872f599cea71e'],
    ['abc', 0n, '44bc2cf5ad770999'],
    ['Nobody inspects the spammish repetition', 0n, 'fbcea83c8a378bf1'],
    ['Call me Ishmael. Some years ago--never mind how long precisely-', 0n, '02a2e85470d6fd96'],
    ['xxhash', 0n, '32dd38952c4bc720'],
    ['xxhash', 20141025n, 'b559b98d844e0635'],
  ])('of %j with seed %d', (text, seed, expected) => {
    expect(xxh64(Buffer.from(text), seed).toString(16).padStart(16, '0')).toBe(expected);
  });
});
