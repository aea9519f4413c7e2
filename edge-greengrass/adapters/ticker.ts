import { createLatenessHistogram, type Lateness } from './lateness.ts';
import type { AdapterClock } from './ports.ts';

/** Node.js takes a longer one for 1 ms. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

export interface TickerWork {
  /** Never rejects. */
  readonly work: () => Promise<void>;
  /** A tick came while the work of one before was not done. */
  readonly overrun: () => void;
}

export interface Ticker {
  start(): void;
  stop(): void;
  /** 1 is as configured; 4 makes it four times as slow. */
  setSlowDown(factor: number): void;
  lateness(): Lateness;
}

/**
 * Works every `periodMs` by an absolute schedule: each tick is due at the start plus a whole number of periods, so
 * that lateness never adds up. A tick that is a whole period late, or finds the work of the one before not done, is skipped
 * and counted rather than made up in a bunch.
 */
export function createTicker(periodMs: number, clock: AdapterClock, { work, overrun }: TickerWork): Ticker {
  const histogram = createLatenessHistogram();
  let stepMs = periodMs;
  let dueMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let isBusy = false;

  function arm(): void {
    timer = setTimeout(tick, Math.min(Math.max(0, dueMs - clock.monotonicMs()), TIMEOUT_MS_MAX));
  }

  function tick(): void {
    const lateMs = clock.monotonicMs() - dueMs;
    const missed = Math.max(0, Math.floor(lateMs / stepMs));
    histogram.skip(missed);
    dueMs += (missed + 1) * stepMs;
    arm();
    if (isBusy) {
      histogram.skip(1);
      overrun();
      return;
    }
    histogram.record(Math.max(0, lateMs - missed * stepMs));
    isBusy = true;
    void work().finally(() => {
      isBusy = false;
    });
  }

  return {
    start() {
      dueMs = clock.monotonicMs() + stepMs;
      arm();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
    setSlowDown(factor) {
      stepMs = periodMs * factor;
      if (timer === undefined) return;
      clearTimeout(timer);
      dueMs = Math.min(dueMs, clock.monotonicMs() + stepMs);
      arm();
    },
    lateness: () => histogram.read(),
  };
}
