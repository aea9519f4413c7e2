/** How long to wait before trying again: twice as long each time up to a maximum, and spread, so that not all come at once. */
export interface Backoff {
  nextMs(): number;
  reset(): void;
}

/**
 * Waits lie between half and all of `firstMs` × 2ⁿ, or of `maxMs` where that is less.
 *
 * @param random from 0 to 1
 */
export function createBackoff(firstMs: number, maxMs: number, random: () => number): Backoff {
  let fullMs = firstMs;
  return {
    nextMs() {
      const waitMs = fullMs * (0.5 + random() / 2);
      fullMs = Math.min(2 * fullMs, maxMs);
      return waitMs;
    },
    reset() {
      fullMs = firstMs;
    },
  };
}
