import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { reviewIdOf } from '../../../core/reviews/review-id.ts';

const key = { assetId: 'junction-12', attribute: 'signalState' };

describe('the id of a review', () => {
  it('is the first half of SHA-256 over asset, attribute and sorted sources', () => {
    const text = '["junction-12","signalState","controller","gw-1/lamp"]';
    const expected = createHash('sha256').update(text).digest('hex').slice(0, 32);
    expect(reviewIdOf(key, ['gw-1/lamp', 'controller'])).toBe(expected);
    expect(reviewIdOf(key, ['controller', 'gw-1/lamp'])).toBe(expected);
  });

  it('differs by each of them, and by where one name ends', () => {
    const ids = [
      reviewIdOf(key, ['a', 'b']),
      reviewIdOf(key, ['a', 'c']),
      reviewIdOf(key, ['ab']),
      reviewIdOf({ ...key, attribute: 'preemptionStatus' }, ['a', 'b']),
      reviewIdOf({ ...key, assetId: 'junction-13' }, ['a', 'b']),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});
