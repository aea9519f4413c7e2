import { describe, expect, it } from 'vitest';
import { hybridStamp } from '../../../core/twin/hybrid-clock.ts';

const NOW_MS = 1_795_248_000_000;
const NOW = 1_795_248_000_000_000_000n;

/** Half of the ties of a millisecond, two for each write. */
const CYCLE_MS = 500_000;

describe('a stamp of the hybrid clock', () => {
  it('goes on with the writer\u2019s clock above what is ahead, by less than a millisecond', () => {
    const ahead = NOW + 300_000_000_000n;
    expect(hybridStamp(NOW_MS + 1, [ahead])).toBe(ahead + 3n);
    expect(hybridStamp(NOW_MS + CYCLE_MS - 1, [ahead + 500_000_000_000n])).toBe(ahead + 500_000_999_999n);
  });

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
