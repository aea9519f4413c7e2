import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../core/observation.ts';
import type { AssetType } from '../../../core/schema/city-config.ts';
import { distrustRegister, distrustsOf, isDistrustRegister } from '../../../core/twin/distrust.ts';
import { emptyTwin, merge } from '../../../core/twin/join.ts';
import { resolve } from '../../../core/twin/resolve.ts';
import { stampOf } from '../../../core/twin/stamp.ts';
import { ASSET_ID, disordered, observationOf, observations } from './arbitraries.ts';

const T0_MS = Date.UTC(2026, 10, 21, 8);
const UNTIL_MS = T0_MS + 10_000;
const TYPE: AssetType = {
  description: '',
  model: '',
  attributes: {
    intensity: { description: '', kind: 'number', policy: 'max', maxAgeMs: 60_000, reporting: 'state' },
  },
};

function reading(source: string, intensity: number, atMs = 0): Observation {
  return observationOf({ source, stamp: stampOf(T0_MS + atMs, 0), attributes: new Map([['intensity', intensity]]) });
}

function distrust(by: string, of: string, untilMs: number, given: Partial<Observation> = {}): Observation {
  const attributes = new Map([[distrustRegister('intensity', of), untilMs]]);
  return observationOf({ kind: 'distrust', source: `operator/${by}`, stamp: stampOf(T0_MS, 0), attributes, ...given });
}

function twinOf(...all: readonly Observation[]) {
  return merge(emptyTwin(ASSET_ID, 'TrafficFlowObserved', 'north', true), all).twin;
}

function shownAt(nowMs: number, ...all: readonly Observation[]) {
  return resolve(twinOf(...all), TYPE, nowMs).attributes.get('intensity');
}

describe('a source that an authority distrusts', () => {
  const all = [reading('cam-1', 99), reading('loop-1', 60), distrust('ada', 'cam-1', UNTIL_MS)];

  it('has no vote until the end, to the millisecond, and then has it again', () => {
    expect(shownAt(UNTIL_MS - 1, ...all)).toMatchObject({ value: 60, quality: 'good', sources: ['loop-1'] });
    expect(shownAt(UNTIL_MS - 1, ...all)?.validUntilMs).toBe(UNTIL_MS);
    expect(shownAt(UNTIL_MS, ...all)).toMatchObject({ value: 99, flags: ['disagreeing'] });
  });

  it('does not get it back by what it says next', () => {
    expect(shownAt(T0_MS + 5000, ...all, reading('cam-1', 100, 5000))).toMatchObject({ value: 60, quality: 'good' });
  });

  it('leaves a stale value where it was the only one', () => {
    const alone = [reading('cam-1', 99), distrust('ada', 'cam-1', UNTIL_MS)];
    expect(shownAt(T0_MS, ...alone)).toMatchObject({ value: 99, quality: 'stale', validUntilMs: UNTIL_MS });
    expect(shownAt(UNTIL_MS, ...alone)).toMatchObject({ value: 99, quality: 'good' });
  });

  it('is not what is shown where nobody votes and somebody else has spoken, until the distrust ends', () => {
    const agedMs = T0_MS + 60_001;
    const said = [reading('loop-1', 60), reading('cam-1', 99, 5000), distrust('ada', 'cam-1', agedMs + 9000)];
    expect(shownAt(agedMs, ...said)).toMatchObject({ value: 60, quality: 'stale', validUntilMs: agedMs + 9000 });
    expect(shownAt(agedMs + 8999, ...said)).toMatchObject({ value: 60, quality: 'stale', sources: ['loop-1'] });
    expect(shownAt(agedMs + 9000, ...said)).toMatchObject({ value: 99, quality: 'stale', validUntilMs: null });
  });

  it('is distrusted on the attribute that is named, and behind a gateway under its whole name', () => {
    const twin = twinOf(distrust('ada', 'gw-1/radar', UNTIL_MS));
    expect(distrustsOf(twin)).toEqual(new Map([['intensity', new Map([['gw-1/radar', UNTIL_MS]])]]));
    expect(shownAt(T0_MS, reading('gw-1/radar', 5), distrust('ada', 'gw-1/radar', UNTIL_MS))?.quality).toBe('stale');
    expect(shownAt(T0_MS, reading('gw-1', 5), distrust('ada', 'gw-1/radar', UNTIL_MS))?.quality).toBe('good');
  });

  it('is distrusted for as long as the strictest of several authorities says', () => {
    const both = [distrust('ada', 'cam-1', UNTIL_MS), distrust('bob', 'cam-1', UNTIL_MS + 5)];
    for (const order of [both, both.toReversed()]) {
      expect(distrustsOf(twinOf(...order)).get('intensity')).toEqual(new Map([['cam-1', UNTIL_MS + 5]]));
    }
  });

  it('is trusted again when the authority says so later, or another one that had seen what it said', () => {
    const [later, register] = [stampOf(T0_MS + 1, 0), distrustRegister('intensity', 'cam-1')];
    const recalled = distrust('ada', 'cam-1', T0_MS, { stamp: later });
    expect(shownAt(T0_MS, ...all, recalled)).toMatchObject({ value: 99 });
    const seen = new Map([[register, new Map([['operator/ada', stampOf(T0_MS, 0)]])]]);
    expect(shownAt(T0_MS, ...all, distrust('bob', 'cam-1', T0_MS, { stamp: later, seen }))).toMatchObject({
      value: 99,
    });
    expect(shownAt(T0_MS, ...all, distrust('bob', 'cam-1', T0_MS, { stamp: later }))).toMatchObject({ value: 60 });
  });
});

describe('distrust registers', () => {
  it('come to the same ends in whatever order the authorities are heard', () => {
    const runs = fc.array(observations, { maxLength: 12 }).chain((log) => fc.tuple(fc.constant(log), disordered(log)));
    fc.assert(
      fc.property(runs, ([log, again]) => {
        expect(distrustsOf(twinOf(...again))).toEqual(distrustsOf(twinOf(...log)));
      }),
      { numRuns: 500 },
    );
  });

  it('are no attributes: nothing of them is resolved', () => {
    const { registers } = twinOf(distrust('ada', 'cam-1', UNTIL_MS));
    expect([...registers.keys()].every(isDistrustRegister)).toBe(true);
    expect(resolve(twinOf(distrust('ada', 'cam-1', UNTIL_MS)), TYPE, T0_MS).attributes.size).toBe(0);
  });
});
