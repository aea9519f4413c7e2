/** Of ticks of a timer, in tenths of a millisecond up to a tenth of a second; what is later counts as that. */
const BUCKET_MS = 0.1;
const BUCKETS = 1001;

export interface Lateness {
  readonly ticks: number;
  /** Ticks that were left out, because they would have come too late or the work of the one before was not done. */
  readonly skipped: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface LatenessHistogram {
  record(lateMs: number): void;
  skip(ticks: number): void;
  read(): Lateness;
}

export function createLatenessHistogram(): LatenessHistogram {
  const buckets = new Uint32Array(BUCKETS);
  let ticks = 0;
  let skipped = 0;
  let maxMs = 0;

  /** The upper end of the bucket in which the tick of that rank lies. */
  function percentile(percent: number): number {
    let rank = Math.ceil((percent / 100) * ticks);
    if (rank === 0) return 0;
    for (const [index, count] of buckets.entries()) {
      rank -= count;
      if (rank <= 0) return Math.min((index + 1) * BUCKET_MS, maxMs);
    }
    return maxMs;
  }

  return {
    record(lateMs) {
      const bucket = Math.min(BUCKETS - 1, Math.max(0, Math.floor(lateMs / BUCKET_MS)));
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
      ticks += 1;
      maxMs = Math.max(maxMs, lateMs);
    },
    skip(count) {
      skipped += count;
    },
    read: () => ({ ticks, skipped, p50Ms: percentile(50), p99Ms: percentile(99), maxMs }),
  };
}
