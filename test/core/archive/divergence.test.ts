import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareTwins, FLOORS } from '../../../core/archive/divergence.ts';
import { emptyTwinFor, merge } from '../../../core/twin/join.ts';
import type { Observation } from '../../../core/observation.ts';
import type { Twin } from '../../../core/twin/twin.ts';
import { ASSET_ID, observationOf, observations } from '../twin/arbitraries.ts';

const WATERMARK_MS = 5000;
/** Stamps of this time: a superseded dot is judged by when it was observed. */
const at = (ms: number, tie = 0n): Pick<Observation, 'stamp' | 'receivedAtMs'> => ({
  stamp: BigInt(ms) * 1_000_000n + tie,
  receivedAtMs: ms,
});
const before = at(1000);
const later = at(2000);
const behind = at(WATERMARK_MS);

function twinOf(all: readonly Observation[]): Twin | undefined {
  const [first] = all;
  return first && merge(emptyTwinFor(first), all).twin;
}

function compare(live: readonly Observation[], rebuilt: readonly Observation[]) {
  return compareTwins(twinOf(live), twinOf(rebuilt), WATERMARK_MS);
}

describe('a live twin and its rebuild', () => {
  it('are equal where they were made of the same', () => {
    const some = [observationOf(before), observationOf({ ...before, source: 'loop-1' })];
    expect(compare(some, some.toReversed())).toEqual({ kind: 'equal' });
    expect(compare([], [])).toEqual({ kind: 'equal' });
  });

  it('diverge where the table lacks what came in time, and the divergence names both sides', () => {
    const lost = observationOf({ ...later, attributes: new Map([['intensity', 2]]) });
    const flags: never[] = [];
    expect(compare([observationOf(before)], [observationOf(before), lost])).toEqual({
      kind: 'divergent',
      divergences: [
        {
          assetId: ASSET_ID,
          register: 'intensity',
          source: 'cam-1',
          live: { stamp: before.stamp, sibling: { value: 1, receivedAtMs: 1000, flags } },
          rebuilt: { stamp: later.stamp, sibling: { value: 2, receivedAtMs: 2000, flags } },
        },
      ],
    });
    expect(compare([], [lost])).toMatchObject({ kind: 'divergent', divergences: [{ live: undefined }] });
  });

  it('diverge where the log lacks what the table holds, and where one dot has two values', () => {
    const forged = observationOf({ ...later, source: 'nobody' });
    expect(compare([observationOf(before), forged], [observationOf(before)])).toMatchObject({
      kind: 'divergent',
      divergences: [{ source: 'nobody', rebuilt: undefined }],
    });
    const other = observationOf({ ...before, attributes: new Map([['intensity', 9]]) });
    expect(compare([observationOf(before)], [other]).kind).toBe('divergent');
  });

  it('diverge in a floor', () => {
    const retired = observationOf({ ...before, kind: 'retire', source: 'loop-1' });
    expect(compare([observationOf(before)], [observationOf(before), retired])).toMatchObject({
      kind: 'divergent',
      divergences: [{ register: FLOORS, source: 'loop-1', live: undefined, rebuilt: { stamp: before.stamp } }],
    });
  });

  it('may differ by what came at the watermark or later, and by what that superseded', () => {
    const newer = observationOf(behind);
    expect(compare([observationOf(before)], [observationOf(before), newer])).toEqual({ kind: 'newer' });
    expect(compare([observationOf(before), newer], [observationOf(before)])).toEqual({ kind: 'newer' });
    expect(compare([observationOf(before)], [observationOf(before), observationOf(at(WATERMARK_MS - 1))]).kind).toBe(
      'divergent',
    );
    const loop = observationOf({ ...before, source: 'loop-1' });
    const seen = new Map([['intensity', new Map([['loop-1', before.stamp]])]]);
    const superseding = observationOf({ ...behind, seen });
    expect(compare([loop], [loop, superseding])).toEqual({ kind: 'newer' });
  });

  it('diverge where a dot is lost that came in time, whatever came later of others', () => {
    const newer = observationOf({ ...behind, source: 'gw-1/radar' });
    const lost = observationOf({ ...later, source: 'loop-1' });
    expect(compare([observationOf(before)], [observationOf(before), lost, newer])).toMatchObject({
      kind: 'divergent',
      divergences: [{ source: 'loop-1', live: undefined }],
    });
    const retired = observationOf({ ...behind, kind: 'retire', source: 'loop-1' });
    expect(compare([observationOf(before), newer, retired], [observationOf(before), lost, newer]).kind).not.toBe(
      'divergent',
    );
  });

  it('never diverge while the log is ahead by what came behind the watermark', () => {
    // Their receipts lie between 1000 and 1003, and so do the times of what is superseded.
    const timed = (stamp: bigint, ms: number) => BigInt(ms) * 1_000_000n + stamp;
    const stamped = observations.map((each) => ({
      ...each,
      stamp: timed(each.stamp, each.receivedAtMs),
      seen: new Map(
        [...each.seen].map(([name, seen]) => [name, new Map([...seen].map(([of, stamp]) => [of, timed(stamp, 1001)]))]),
      ),
    }));
    fc.assert(
      fc.property(fc.array(stamped, { minLength: 1, maxLength: 12 }), (all) => {
        const inTime = all.filter(({ receivedAtMs }) => receivedAtMs < 1002);
        expect(compareTwins(twinOf(inTime), twinOf(all), 1002).kind).not.toBe('divergent');
      }),
    );
  });
});
