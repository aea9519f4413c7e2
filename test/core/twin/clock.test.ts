import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../core/observation.ts';
import { CLOCK_TOLERANCE_MS, doubtfulClocks, LATE_MS } from '../../../core/twin/clock.ts';
import { emptyTwin, merge } from '../../../core/twin/join.ts';
import { stampOf } from '../../../core/twin/stamp.ts';
import { ASSET_ID, observationOf } from './arbitraries.ts';

const RECEIVED_AT_MS = Date.UTC(2026, 10, 21, 8);

/** A reading whose device's clock, less the time on the way, was off by so much when it was received. */
function reading(source: string, leadMs: number, given: Partial<Observation> = {}): Observation {
  const observedAtMs = RECEIVED_AT_MS + leadMs;
  return observationOf({ source, stamp: stampOf(observedAtMs, 0), receivedAtMs: RECEIVED_AT_MS, ...given });
}

function clocksOf(...observations: readonly Observation[]) {
  return doubtfulClocks(merge(emptyTwin(ASSET_ID, 'TrafficFlowObserved', 'north', true), observations).twin);
}

describe('doubtfulClocks', () => {
  it('has nothing to say of clocks that are right, or as far off as is tolerated', () => {
    expect(
      clocksOf(reading('cam-1', -40), reading('loop-1', CLOCK_TOLERANCE_MS), reading('gw-1/radar', -LATE_MS)),
    ).toEqual([]);
  });

  it('names a clock that is ahead, by how much at least, and one that may be behind, by how much at most', () => {
    expect(clocksOf(reading('loop-1', CLOCK_TOLERANCE_MS + 1), reading('cam-1', -LATE_MS - 1))).toEqual([
      { source: 'cam-1', fault: 'behind-or-late', offsetMs: -300_001 },
      { source: 'loop-1', fault: 'ahead', offsetMs: 1001 },
    ]);
  });

  it('takes the reading that was least on the way for the best witness', () => {
    const occupancy = { attributes: new Map([['occupancy', 1]]) };
    const position = { attributes: new Map(), position: { longitude: 0, latitude: 0 } };
    const [late, ahead, onTime] = [
      reading('cam-1', -LATE_MS - 1),
      reading('cam-1', 2000, occupancy),
      reading('cam-1', 0, position),
    ];
    expect(clocksOf(late, ahead, onTime)).toEqual([{ source: 'cam-1', fault: 'ahead', offsetMs: 2000 }]);
    expect(clocksOf(late, onTime)).toEqual([]);
  });

  it('names clocks that tick in seconds, and those that are missing, without an offset', () => {
    expect(
      clocksOf(
        reading('cam-1', 2000, { flags: ['coarse-clock', 'unregistered'] }),
        // What stands in for the time is the time of receipt.
        reading('loop-1', 0, { flags: ['observed-at-missing'] }),
      ),
    ).toEqual([
      { source: 'cam-1', fault: 'ahead', offsetMs: 2000 },
      { source: 'cam-1', fault: 'coarse-clock', offsetMs: null },
      { source: 'loop-1', fault: 'observed-at-missing', offsetMs: null },
    ]);
  });

  it('does not blame an authority for a stamp above that of the clock which it answers', () => {
    const decision = reading('operator/ada', 9001, { kind: 'decision', validUntilMs: RECEIVED_AT_MS + 60_000 });
    expect(clocksOf(reading('cam-1', 9000), decision)).toEqual([{ source: 'cam-1', fault: 'ahead', offsetMs: 9000 }]);
  });

  it('has nothing to say of a source whose readings are all superseded or retired', () => {
    const seen = new Map([['intensity', new Map([['loop-1', stampOf(RECEIVED_AT_MS + 9000, 0)]])]]);
    expect(
      clocksOf(
        reading('loop-1', 9000),
        reading('cam-1', 0, { seen }),
        reading('gw-1/radar', 9000),
        reading('gw-1/radar', 9000, { kind: 'retire' }),
      ),
    ).toEqual([]);
  });
});
