import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../core/observation.ts';
import { encodeTwin } from '../../../core/twin/canonical-twin.ts';
import { deltaOf, emptyTwin, join, merge } from '../../../core/twin/join.ts';
import type { Twin } from '../../../core/twin/twin.ts';
import { ASSET_ID, batched, disordered, observationOf, observations, permutationsOf } from './arbitraries.ts';
import { oracleBytes } from './oracle.ts';

const EMPTY = emptyTwin(ASSET_ID, 'TrafficFlowObserved', 'north', false);
const REPLICAS = 3;

describe('replicas', () => {
  it('are byte-identical once each has heard all, whatever they told one another on the way', () => {
    const runs = logs.chain((log) =>
      fc.tuple(fc.constant(log), fc.array(gossip(log), { maxLength: 12 }), fc.tuple(...everything(log))),
    );
    fc.assert(
      fc.property(runs, ([log, steps, catchUps]) => {
        const replicas = Array.from({ length: REPLICAS }, () => EMPTY);
        for (const { at, heard, from } of steps) {
          const replica = merge(replicas[at] ?? EMPTY, heard).twin;
          replicas[at] = from === undefined ? replica : join(replica, replicas[from] ?? EMPTY);
        }
        const settled = replicas.map((replica, index) => inBatches(replica, catchUps[index] ?? []));
        const expected = oracleBytes(log);
        for (const replica of settled) expect(bytesOf(replica)).toEqual(expected);
      }),
      { numRuns: 800 },
    );
  });

  it('that have heard different things agree once they have joined, in any order of joins', () => {
    const runs = logs.chain((log) => fc.tuple(fc.constant(log), fc.array(fc.nat({ max: 2 }), sized(log.length))));
    fc.assert(
      fc.property(runs, ([log, placed]) => {
        const replicas = [0, 1, 2].map(
          (at) =>
            merge(
              EMPTY,
              log.filter((_, index) => placed[index] === at),
            ).twin,
        );
        const expected = oracleBytes(log);
        for (const [a = EMPTY, b = EMPTY, c = EMPTY] of permutationsOf(replicas)) {
          expect(bytesOf(join(join(a, b), c))).toEqual(expected);
          expect(bytesOf(join(a, join(b, c)))).toEqual(expected);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('two lanes', () => {
  it('make of what one of them takes early, and the other takes again, the twin that one alone makes', () => {
    const runs = logs.chain((log) =>
      fc.tuple(
        fc.constant(log),
        fc.subarray(log).chain((early) => disordered(early).chain(batched)),
        disordered(log).chain(batched),
        fc.infiniteStream(fc.boolean()),
      ),
    );
    fc.assert(
      fc.property(runs, ([log, fast, bulk, turns]) => {
        const lanes = [[...fast], [...bulk]];
        let twin = EMPTY;
        for (const isFast of turns) {
          const batch = lanes[isFast ? 0 : 1]?.shift() ?? lanes[isFast ? 1 : 0]?.shift();
          if (!batch) break;
          twin = merge(twin, batch).twin;
        }
        expect(bytesOf(twin)).toEqual(oracleBytes(log));
      }),
      { numRuns: 600 },
    );
  });
});

describe('a delta', () => {
  it('joined is the observation merged, and a join of deltas in any grouping is their merge', () => {
    const runs = logs.chain((log) => fc.tuple(fc.constant(log), disordered(log).chain(batched)));
    fc.assert(
      fc.property(runs, ([log, groups]) => {
        const joined = groups.map((group) => group.map(deltaOf).reduce(join)).reduce(join, EMPTY);
        expect(joined).toEqual(merge(EMPTY, log).twin);
        expect(bytesOf(joined)).toEqual(oracleBytes(log));
      }),
      { numRuns: 600 },
    );
  });
});

describe('every order of', () => {
  const readings = [5n, 7n].map((stamp) =>
    observationOf({ stamp, attributes: new Map([['intensity', Number(stamp)]]) }),
  );
  const seenBy = (stamp: bigint) =>
    observationOf({ source: 'gw-1/radar', stamp: 9n, seen: new Map([['intensity', new Map([['cam-1', stamp]])]]) });
  const retire = (stamp: bigint) => observationOf({ kind: 'retire', stamp });
  const collide = (given: Partial<Observation>) => observationOf({ stamp: 5n, ...given });

  it.each([
    ['readings and a floor below them', [...readings, retire(4n)], 'cam-1@7'],
    ['readings and a floor between them', [...readings, retire(5n), retire(3n)], 'cam-1@7'],
    ['readings and a floor at the last', [...readings, retire(7n)], ''],
    ['readings and a floor above them', [...readings, retire(8n), retire(6n)], ''],
    [
      'readings, a floor between them, and who had seen the last',
      [...readings, retire(6n), seenBy(7n)],
      'gw-1/radar@9',
    ],
    ['readings and who had seen the first', [...readings, seenBy(5n)], 'cam-1@7 gw-1/radar@9'],
    ['readings and who had seen what comes later', [...readings, seenBy(8n)], 'gw-1/radar@9'],
    ['who had seen what the floor takes', [readings[0] ?? retire(0n), retire(8n), seenBy(8n)], 'gw-1/radar@9'],
  ])('%s', (_, all, standing) => {
    for (const order of permutationsOf(all)) {
      const { twin } = merge(EMPTY, order);
      expect(standingOf(twin)).toBe(standing);
      expect(bytesOf(twin)).toEqual(oracleBytes(all));
    }
  });

  it('three contents under one dot keeps the smaller bytes, the earlier receipt, all flags and the earlier end', () => {
    const all = [
      collide({ attributes: new Map([['intensity', 9]]), receivedAtMs: 1002, flags: ['coarse-clock'] }),
      collide({ attributes: new Map([['intensity', 10]]), receivedAtMs: 1001, kind: 'decision', validUntilMs: 8 }),
      collide({
        attributes: new Map([['intensity', true]]),
        flags: ['unregistered'],
        kind: 'decision',
        validUntilMs: 7,
      }),
    ];
    const sibling = { value: 10, receivedAtMs: 1000, flags: ['coarse-clock', 'unregistered'], validUntilMs: 7 };
    for (const order of permutationsOf(all)) {
      const { twin } = merge(EMPTY, order);
      expect(twin.registers.get('intensity')?.get('cam-1')).toEqual({ stamp: 5n, sibling });
      expect(bytesOf(twin)).toEqual(oracleBytes(all));
    }
  });
});

const logs = fc.array(observations, { minLength: 1, maxLength: 12 });

interface Gossip {
  readonly at: number;
  readonly heard: readonly Observation[];
  /** Whose whole state it takes too. */
  readonly from: number | undefined;
}

function gossip(log: readonly Observation[]): fc.Arbitrary<Gossip> {
  const replica = fc.nat({ max: REPLICAS - 1 });
  return fc.record({
    at: replica,
    heard: fc.array(fc.constantFrom(...log), { maxLength: 3 }),
    from: fc.option(replica, { nil: undefined }),
  });
}

function everything(log: readonly Observation[]): fc.Arbitrary<Observation[][]>[] {
  return Array.from({ length: REPLICAS }, () => disordered(log).chain(batched));
}

function sized(length: number) {
  return { minLength: length, maxLength: length };
}

function inBatches(twin: Twin, batches: readonly (readonly Observation[])[]): Twin {
  return batches.reduce((state, batch) => merge(state, batch).twin, twin);
}

function bytesOf(twin: Twin): Buffer {
  return Buffer.from(encodeTwin(twin));
}

function standingOf(twin: Twin): string {
  const entries = [...(twin.registers.get('intensity') ?? [])].filter(([, { sibling }]) => sibling);
  return entries
    .map(([source, { stamp }]) => `${source}@${stamp}`)
    .toSorted()
    .join(' ');
}
