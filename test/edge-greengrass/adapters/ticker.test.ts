import { afterEach, describe, expect, test, vi } from 'vitest';
import { createBackoff } from '../../../edge-greengrass/adapters/backoff.ts';
import { createLatenessHistogram } from '../../../edge-greengrass/adapters/lateness.ts';
import { createTicker } from '../../../edge-greengrass/adapters/ticker.ts';

afterEach(() => {
  vi.useRealTimers();
});

function start(periodMs: number, work: () => Promise<void> = async () => {}) {
  vi.useFakeTimers();
  let stoodMs = 0;
  const monotonicMs = () => performance.now() + stoodMs;
  const clock = { nowMs: () => Date.now(), monotonicMs };
  const startMs = monotonicMs();
  const ticksMs: number[] = [];
  let overruns = 0;
  const ticker = createTicker(periodMs, clock, {
    work() {
      ticksMs.push(monotonicMs() - startMs);
      return work();
    },
    overrun() {
      overruns += 1;
    },
  });
  ticker.start();
  return {
    ticker,
    ticksMs,
    overruns: () => overruns,
    stop: (ms: number) => {
      stoodMs += ms;
    },
  };
}

describe('a ticker', () => {
  test('keeps to its schedule, whatever the single tick costs', async () => {
    const { ticker, ticksMs } = start(10);
    await vi.advanceTimersByTimeAsync(1000);
    ticker.stop();
    expect(ticksMs).toEqual(Array.from({ length: 100 }, (_, index) => 10 * (index + 1)));
    await vi.advanceTimersByTimeAsync(100);
    expect(ticksMs).toHaveLength(100);
  });

  test('adds no error up where its period is no whole number of milliseconds', async () => {
    const { ticker, ticksMs } = start(1000 / 30);
    await vi.advanceTimersByTimeAsync(60_000);
    ticker.stop();
    expect(Math.abs(ticksMs.length - 1800)).toBeLessThanOrEqual(1);
    for (const [index, at] of ticksMs.entries())
      expect(Math.abs(at - ((index + 1) * 1000) / 30)).toBeLessThanOrEqual(1);
  });

  test('skips and counts what is late, and makes nothing up in a bunch', async () => {
    const { ticker, ticksMs, stop } = start(10);
    await vi.advanceTimersByTimeAsync(20);
    // The process stands still for 35 ms: its clock goes on.
    stop(35);
    await vi.advanceTimersByTimeAsync(30);
    ticker.stop();
    // Due were 30 to 80; of them 30, 40 and 50 were over, 60 came 5 ms late.
    expect(ticksMs).toEqual([10, 20, 65, 70, 80]);
    expect(ticker.lateness()).toMatchObject({ ticks: 5, skipped: 3, maxMs: 5 });
  });

  test('does not start again what is not done', async () => {
    let release = (): void => {};
    const { ticker, ticksMs, overruns } = start(
      10,
      () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    );
    await vi.advanceTimersByTimeAsync(45);
    expect([ticksMs, overruns(), ticker.lateness().skipped]).toEqual([[10], 3, 3]);
    release();
    await vi.advanceTimersByTimeAsync(10);
    ticker.stop();
    expect(ticksMs).toEqual([10, 50]);
  });

  test('is slowed down and quickened at once', async () => {
    const { ticker, ticksMs } = start(10);
    await vi.advanceTimersByTimeAsync(25);
    ticker.setSlowDown(4);
    await vi.advanceTimersByTimeAsync(100);
    ticker.setSlowDown(1);
    await vi.advanceTimersByTimeAsync(20);
    ticker.stop();
    expect(ticksMs).toEqual([10, 20, 30, 70, 110, 135, 145]);
  });
});

test('a histogram tells to a tenth of a millisecond how late the 50th and the 99th of a hundred were', () => {
  const histogram = createLatenessHistogram();
  for (let tick = 100; tick > 0; tick -= 1) histogram.record(tick / 10 - 0.05);
  histogram.skip(3);
  const { ticks, skipped, p50Ms, p99Ms, maxMs } = histogram.read();
  expect([ticks, skipped]).toEqual([100, 3]);
  expect(p50Ms).toBeCloseTo(5, 5);
  expect(p99Ms).toBeCloseTo(9.9, 5);
  expect(maxMs).toBeCloseTo(9.95, 5);
  histogram.record(5000);
  expect(histogram.read().maxMs).toBe(5000);
});

test('an empty histogram is all zeros', () => {
  expect(createLatenessHistogram().read()).toEqual({ ticks: 0, skipped: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 });
});

test('waits double between half and all of their length, up to the maximum, and begin anew', () => {
  const least = createBackoff(100, 500, () => 0);
  const most = createBackoff(100, 500, () => 1);
  expect(Array.from({ length: 5 }, () => least.nextMs())).toEqual([50, 100, 200, 250, 250]);
  expect(Array.from({ length: 5 }, () => most.nextMs())).toEqual([100, 200, 400, 500, 500]);
  most.reset();
  expect(most.nextMs()).toBe(100);
});
