import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../core/observation.ts';
import { readingsBehind } from '../../../core/twin/behind-clock.ts';
import { deltaOf, merge } from '../../../core/twin/join.ts';
import { stampOf } from '../../../core/twin/stamp.ts';
import { ASSET_ID, observationOf } from './arbitraries.ts';

const T0_MS = Date.UTC(2026, 10, 21, 8);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Received so long after eight, by a clock that is off by `leadMs`. */
function reading(atMs: number, leadMs: number, rest: Partial<Observation> = {}): Observation {
  const receivedAtMs = T0_MS + atMs;
  const observedAtMs = receivedAtMs + leadMs;
  return observationOf({ stamp: stampOf(observedAtMs, 0), observedAtMs, receivedAtMs, ...rest });
}

const right = deltaOf(reading(0, 0));
const behindIn = (...observations: Observation[]) => readingsBehind(merge(right, observations).twin, observations);

describe('readingsBehind', () => {
  it('names a source whose readings come after what stands, and are stamped before it', () => {
    expect(behindIn(reading(MINUTE_MS, -HOUR_MS - 5), reading(2 * MINUTE_MS, -HOUR_MS))).toEqual([
      { assetId: ASSET_ID, source: 'cam-1', readings: 2, receivedAtMs: T0_MS + 2 * MINUTE_MS, offsetMs: -HOUR_MS },
    ]);
  });

  it.each([
    [-5 * MINUTE_MS - 1, 1],
    [-5 * MINUTE_MS, 0],
  ])('takes a reading of %i ms for late on its way up to five minutes', (leadMs, readings) => {
    expect(behindIn(reading(MINUTE_MS, leadMs))).toHaveLength(readings);
  });

  it.each([
    ['that advances what stands', reading(2 * HOUR_MS, -HOUR_MS)],
    ['that was received before what stands, and came late to the merge', reading(-MINUTE_MS, -HOUR_MS)],
    ['that was put back in, with its first receipt', reading(-HOUR_MS, -HOUR_MS, { redrives: 1 })],
    ['of a source that has said nothing yet', reading(MINUTE_MS, -HOUR_MS, { source: 'loop-1' })],
    ['that is a decision', reading(MINUTE_MS, -HOUR_MS, { kind: 'decision', validUntilMs: T0_MS + HOUR_MS })],
  ])('names nobody for one %s', (_, observation) => {
    expect(behindIn(observation)).toEqual([]);
  });

  it('names nobody where a decision stands in its place', () => {
    const seen = new Map([['intensity', new Map([['cam-1', stampOf(T0_MS, 0)]])]]);
    const decision = reading(1, 0, { source: 'operator/ada', kind: 'decision', seen });
    const late = reading(MINUTE_MS, -HOUR_MS);
    expect(readingsBehind(merge(right, [decision, late]).twin, [late])).toEqual([]);
  });
});
