import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../core/observation.ts';
import { encodeTwin } from '../../../core/twin/canonical-twin.ts';
import { deltaOf, emptyTwin, join, merge } from '../../../core/twin/join.ts';
import type { Twin } from '../../../core/twin/twin.ts';
import { ASSET_ID, batched, disordered, observationOf, observations, twins } from './arbitraries.ts';
import { oracleBytes } from './oracle.ts';

const EMPTY = emptyTwin(ASSET_ID, 'TrafficFlowObserved', 'north', false);

describe('join', () => {
  it('is commutative', () => {
    fc.assert(
      fc.property(twins, twins, (a, b) => {
        expect(join(a, b)).toEqual(join(b, a));
        expect(encodeTwin(join(a, b))).toEqual(encodeTwin(join(b, a)));
      }),
      { numRuns: 2000 },
    );
  });

  it('is associative', () => {
    fc.assert(
      fc.property(twins, twins, twins, (a, b, c) => {
        expect(join(join(a, b), c)).toEqual(join(a, join(b, c)));
        expect(encodeTwin(join(join(a, b), c))).toEqual(encodeTwin(join(a, join(b, c))));
      }),
      { numRuns: 2000 },
    );
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(twins, twins, (a, b) => {
        expect(join(a, a)).toEqual(a);
        expect(join(join(a, b), b)).toEqual(join(a, b));
      }),
    );
  });

  it('lets the registry win over what topics claim, and the smaller bytes between claims', () => {
    const claimed = emptyTwin(ASSET_ID, 'A', 'a', false);
    const registered = emptyTwin(ASSET_ID, 'Z', 'z', true);
    expect(join(claimed, registered)).toEqual(registered);
    expect(join(registered, claimed)).toEqual(registered);
    expect(join(claimed, emptyTwin(ASSET_ID, 'B', 'Z', false))).toEqual(emptyTwin(ASSET_ID, 'A', 'Z', false));
  });

  it('refuses twins of two assets', () => {
    expect(() => join(EMPTY, { ...EMPTY, assetId: 'other' })).toThrow(/junction-7 and other/);
  });
});

describe('merge', () => {
  it('gives the twin that the slow model gives, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(observations, { maxLength: 12 }), (all) => {
        expect(bytesOf(merge(EMPTY, all).twin)).toEqual(oracleBytes(all));
      }),
      { numRuns: 3000 },
    );
  });

  it('gives byte-identical twins for any order, duplication and batching', () => {
    const runs = fc
      .array(observations, { minLength: 1, maxLength: 12 })
      .chain((all) => fc.tuple(fc.constant(all), disordered(all).chain(batched), disordered(all).chain(batched)));
    fc.assert(
      fc.property(runs, ([all, lane, otherLane]) => {
        const expected = bytesOf(merge(EMPTY, all).twin);
        const [one, other] = [inBatches(lane), inBatches(otherLane)];
        expect(bytesOf(one)).toEqual(expected);
        expect(bytesOf(other)).toEqual(expected);
        expect(join(one, other)).toEqual(one);
      }),
      { numRuns: 2000 },
    );
  });

  it('is the join of the deltas, one by one, onto any twin', () => {
    fc.assert(
      fc.property(twins, fc.array(observations, { maxLength: 8 }), (twin, all) => {
        const oneByOne = all.reduce((state, observation) => join(state, deltaOf(observation)), twin);
        expect(merge(twin, all).twin).toEqual(oneByOne);
      }),
      { numRuns: 2000 },
    );
  });

  it('says whether the twin changed, and which observations advanced it', () => {
    fc.assert(
      fc.property(twins, fc.array(observations, { maxLength: 8 }), (twin, all) => {
        const { twin: merged, changed, advanced } = merge(twin, all);
        expect(merged === twin).toBe(!changed);
        let state = twin;
        for (const [index, observation] of all.entries()) {
          const next = join(state, deltaOf(observation));
          expect(advanced[index]).toBe(!bytesOf(next).equals(bytesOf(state)));
          state = next;
        }
        expect(merge(merged, all)).toMatchObject({ twin: merged, changed: false, advanced: all.map(() => false) });
      }),
      { numRuns: 1000 },
    );
  });

  it('leaves the twin that it was given as it was', () => {
    fc.assert(
      fc.property(twins, fc.array(observations, { maxLength: 8 }), (twin, all) => {
        const before = structuredClone(twin);
        merge(twin, all);
        expect(twin).toEqual(before);
      }),
    );
  });

  it('lets a writer replace only what it had seen', () => {
    const { twin } = merge(EMPTY, [
      observationOf({ source: 'cam-1', stamp: 10n }),
      observationOf({ source: 'loop-1', stamp: 20n }),
      observationOf({ source: 'gw-1/radar', stamp: 30n, seen: new Map([['intensity', new Map([['cam-1', 10n]])]]) }),
    ]);
    expect(standingOf(twin)).toEqual(['gw-1/radar@30', 'loop-1@20']);
    expect(twin.registers.get('intensity')?.get('cam-1')).toEqual({ stamp: 10n });
  });

  it('supersedes what was seen before it arrives', () => {
    const seen = new Map([['intensity', new Map([['cam-1', 10n]])]]);
    const { twin, advanced } = merge(EMPTY, [
      observationOf({ source: 'loop-1', stamp: 20n, seen }),
      observationOf({ source: 'cam-1', stamp: 9n }),
      observationOf({ source: 'cam-1', stamp: 10n }),
      observationOf({ source: 'cam-1', stamp: 11n }),
    ]);
    expect(advanced).toEqual([true, false, false, true]);
    expect(standingOf(twin)).toEqual(['cam-1@11', 'loop-1@20']);
  });

  it('takes `seen` for nothing where the observation writes nothing, and of the own source', () => {
    const seen = new Map([
      ['intensity', new Map([['loop-1', 99n]])],
      ['occupancy', new Map([['cam-1', 99n]])],
    ]);
    const { twin } = merge(EMPTY, [
      observationOf({ source: 'loop-1', stamp: 1n }),
      observationOf({ source: 'cam-1', stamp: 2n, attributes: new Map([['occupancy', 3]]), seen }),
    ]);
    expect(standingOf(twin, 'intensity')).toEqual(['loop-1@1']);
    expect(standingOf(twin, 'occupancy')).toEqual(['cam-1@2']);
  });

  it('retires a source up to its floor, not beyond, and takes no place for what it drops', () => {
    const { twin, advanced } = merge(EMPTY, [
      observationOf({ stamp: 5n }),
      observationOf({ kind: 'retire', stamp: 5n }),
      observationOf({ kind: 'retire', stamp: 4n }),
      observationOf({ stamp: 5n }),
    ]);
    expect(advanced).toEqual([true, true, false, false]);
    expect(twin.registers.size).toBe(0);
    expect(twin.floors).toEqual(new Map([['cam-1', 5n]]));
    expect(standingOf(merge(twin, [observationOf({ stamp: 6n })]).twin)).toEqual(['cam-1@6']);
  });

  it('keeps the position in its own register, which no attribute writes', () => {
    const position = { longitude: 13.4, latitude: 52.5 };
    const { twin } = merge(EMPTY, [observationOf({ position, attributes: new Map([['position', 'here']]) })]);
    expect([...twin.registers.keys()]).toEqual(['position']);
    expect(twin.registers.get('position')?.get('cam-1')?.sibling?.value).toEqual(position);
  });

  it('reports a dot that comes again with another value, once a reading', () => {
    const attributes = (value: number) => new Map(['intensity', 'occupancy'].map((name) => [name, value]));
    const { collisions } = merge(EMPTY, [
      observationOf({ readingId: 'a/0', attributes: attributes(1) }),
      observationOf({ readingId: 'b/0', attributes: attributes(1) }),
      observationOf({ readingId: 'c/0', attributes: attributes(2) }),
    ]);
    expect(collisions).toEqual([{ assetId: ASSET_ID, source: 'cam-1', stamp: 1n, readingId: 'c/0' }]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('stops at %d, which no validation lets through', (value) => {
    expect(() => merge(EMPTY, [observationOf({ attributes: new Map([['intensity', value]]) })])).toThrow(/finite/);
  });

  it('stops at an observation of another asset', () => {
    expect(() => merge(EMPTY, [observationOf({ assetId: 'other' })])).toThrow(/junction-7 was given .* other/);
  });
});

function inBatches(batches: readonly (readonly Observation[])[]): Twin {
  return batches.reduce<Twin>((twin, batch) => merge(twin, batch).twin, EMPTY);
}

function bytesOf(twin: Twin): Buffer {
  return Buffer.from(encodeTwin(twin));
}

function standingOf(twin: Twin, name = 'intensity'): readonly string[] {
  const live = [...(twin.registers.get(name) ?? [])].filter(([, { sibling }]) => sibling !== undefined);
  return live.map(([source, { stamp }]) => `${source}@${stamp}`).toSorted((a, b) => a.localeCompare(b, 'en'));
}
