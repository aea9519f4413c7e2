import { describe, expect, it } from 'vitest';
import { hybridStamp } from '../../../core/twin/hybrid-clock.ts';

const NOW_MS = 1_795_248_000_000;
const NOW = 1_795_248_000_000_000_000n;

describe('a stamp of the hybrid clock', () => {
  it.each([
    ['is now where nothing was seen', [], NOW],
    ['is now where all that was seen is older', [1n, NOW - 1n], NOW],
    ['stands above what was seen of this instant', [NOW], NOW + 1n],
    [
      'stands just above the highest, however far that is ahead',
      [NOW - 5n, NOW + 300_000_000_000n, NOW + 1n],
      NOW + 300_000_000_001n,
    ],
  ] as const)('%s', (_, seen, stamp) => {
    expect(hybridStamp(NOW_MS, seen)).toBe(stamp);
    expect(hybridStamp(NOW_MS, seen.toReversed())).toBe(stamp);
  });
});
