import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../core/observation.ts';
import { encodeTwin } from '../../../core/twin/canonical-twin.ts';
import { createFold, type Fate, type Fold } from '../../../core/twin/fold.ts';
import { emptyTwin, merge } from '../../../core/twin/join.ts';
import { ASSET_ID, observationOf, observations } from './arbitraries.ts';
import { oracleBytes, oracleFates } from './oracle.ts';

const BIRMINGHAM = new URL('../../../../shared/data/parking-birmingham/dataset.csv', import.meta.url);

const intensity = (value: number) => new Map([['intensity', value]]);
const reading = (readingId: string, given: Partial<Observation> = {}) => observationOf({ readingId, ...given });

describe('createFold', () => {
  it('accounts for a log by hand', () => {
    const log: readonly (readonly [Observation, Fate])[] = [
      [reading('a/0', { stamp: 10n, attributes: intensity(1) }), 'applied'],
      // Replaced at once by the next of its source, but it had advanced the register.
      [reading('b/0', { stamp: 20n, attributes: intensity(2) }), 'applied'],
      [reading('b/1', { stamp: 30n, attributes: intensity(2) }), 'applied'],
      // The very message again, and the same reading in another message, while it stands and after it was replaced.
      [reading('c/0', { stamp: 30n, attributes: intensity(2), receivedAtMs: 9000 }), 'duplicate'],
      [reading('c/1', { stamp: 10n, attributes: intensity(1), flags: ['coarse-clock'] }), 'duplicate'],
      // Late, and late again.
      [reading('d/0', { stamp: 25n, attributes: intensity(3) }), 'superseded'],
      [reading('d/1', { stamp: 25n, attributes: intensity(3) }), 'duplicate'],
      // Late for one register, in time for the other.
      [reading('e/0', { stamp: 26n, attributes: new Map([...intensity(3), ['occupancy', 0.4]]) }), 'applied'],
      // Another source is a sibling; another asset is another twin.
      [reading('f/0', { source: 'loop-1', stamp: 10n, attributes: intensity(1) }), 'applied'],
      [reading('g/0', { assetId: 'junction-8', stamp: 10n, attributes: intensity(1) }), 'applied'],
      // A source that retires: its late readings are superseded, its later ones are not.
      [reading('h/0', { kind: 'retire', stamp: 40n, attributes: new Map() }), 'applied'],
      [reading('h/1', { kind: 'retire', stamp: 40n, attributes: new Map() }), 'duplicate'],
      [reading('i/0', { stamp: 35n, attributes: intensity(4) }), 'superseded'],
      [reading('j/0', { stamp: 41n, attributes: intensity(5) }), 'applied'],
      // A position and nothing else.
      [reading('k/0', { stamp: 41n, attributes: new Map(), position: { longitude: 0, latitude: 1 } }), 'applied'],
    ];
    const fold = createFold();
    for (const [observation, fate] of log) {
      expect([observation.readingId, fold.add(observation)]).toEqual([observation.readingId, fate]);
    }
    expect([...fold.fates()]).toEqual(log.map(([{ readingId }, fate]) => [readingId, fate]));
    // The position came under a dot that a reading of intensity had.
    expect(fold.collisions()).toEqual([{ assetId: ASSET_ID, source: 'cam-1', stamp: 41n, readingId: 'k/0' }]);
    expect(fold.twins().get(ASSET_ID)?.registers.get('intensity')?.get('cam-1')?.sibling?.value).toBe(5);
  });

  it('ignores a readingId that comes again, whatever it says then', () => {
    const fold = createFold();
    expect(fold.add(reading('a/0', { stamp: 10n }))).toBe('applied');
    expect(fold.add(reading('a/0', { stamp: 20n, attributes: intensity(7) }))).toBe('applied');
    expect(fold.fates()).toEqual(new Map([['a/0', 'applied']]));
    expect(fold.twins().get(ASSET_ID)?.registers.get('intensity')?.get('cam-1')?.stamp).toBe(10n);
  });

  it('reports every content that a dot has beyond its first, and knows each of them again', () => {
    const fold = createFold();
    const fates = [3, 1, 2, 1, 2, 3].map((value, index) =>
      fold.add(reading(`m/${index}`, { stamp: 10n, attributes: intensity(value) })),
    );
    // 1 has the smaller bytes and takes the register; 2 has not.
    expect(fates).toEqual(['applied', 'applied', 'superseded', 'duplicate', 'duplicate', 'duplicate']);
    expect(fold.collisions().map(({ readingId }) => readingId)).toEqual(['m/1', 'm/2']);
  });

  it('takes the same values in another order, or zero with another sign, for the same content', () => {
    const fold = createFold();
    const values = [
      ['intensity', 0],
      ['occupancy', 1],
    ] as const;
    const negative = [
      ['occupancy', 1],
      ['intensity', -0],
    ] as const;
    expect(fold.add(reading('a/0', { attributes: new Map(values) }))).toBe('applied');
    expect(fold.add(reading('a/1', { attributes: new Map(negative) }))).toBe('duplicate');
  });

  it('starts from a checkpoint, whose readings are superseded and not duplicates', () => {
    const { twin } = merge(emptyTwin(ASSET_ID, 'TrafficFlowObserved', 'north', true), [reading('a/0', { stamp: 10n })]);
    const fold = createFold([twin]);
    expect(fold.add(reading('a/0', { stamp: 10n }))).toBe('superseded');
    expect(fold.add(reading('b/0', { stamp: 10n }))).toBe('duplicate');
    expect(fold.add(reading('c/0', { stamp: 11n }))).toBe('applied');
    expect(() => createFold([twin, twin])).toThrow(/two of junction-7/);
  });

  it('leaves a twin that it gave out as it was', () => {
    const fold = createFold();
    fold.add(reading('a/0', { stamp: 10n }));
    const before = fold.twins().get(ASSET_ID);
    fold.add(reading('b/0', { stamp: 20n }));
    expect(before?.registers.get('intensity')?.get('cam-1')?.stamp).toBe(10n);
    expect(fold.twins().get(ASSET_ID)?.registers.get('intensity')?.get('cam-1')?.stamp).toBe(20n);
  });

  it('gives the fates that the slow model gives, and its twin', () => {
    fc.assert(
      fc.property(fc.array(observations, { maxLength: 12 }), (log) => {
        const fold = createFold();
        for (const observation of log) {
          fold.add(observation);
        }
        expect(fold.fates()).toEqual(oracleFates(log));
        const counted = log.filter(({ readingId }, index) => isFirst(log, readingId, index));
        expect(twinBytes(fold)).toEqual(counted.length > 0 ? oracleBytes(counted) : undefined);
      }),
      { numRuns: 2000 },
    );
  });
});

// The counts are the data set's own: 35,717 rows, of which 385 lie outside 0…capacity and 216 repeat another row.
describe.skipIf(!existsSync(BIRMINGHAM))('createFold over a season of 30 car parks (skipped without the data)', () => {
  it('finds each repeated row, and applies every other', () => {
    const rows = readFileSync(BIRMINGHAM, 'utf8').trim().split('\n').slice(1);
    const log = rows.flatMap((row, index) => carParkReading(row.trim().split(','), `row-${index}/0`));
    const first = createFold();
    expect(countsOf(log.map((observation) => first.add(observation)))).toEqual({ applied: 35_116, duplicate: 216 });
    const again = log.map((observation) => first.add({ ...observation, readingId: `again-${observation.readingId}` }));
    expect(countsOf(again)).toEqual({ duplicate: 35_332 });
    expect(first.collisions()).toEqual([]);
  });
});

function carParkReading([assetId = '', capacity, occupied, updated]: readonly string[], readingId: string) {
  const [totalSpotNumber, occupiedSpotNumber] = [Number(capacity), Number(occupied)];
  if (occupiedSpotNumber < 0 || occupiedSpotNumber > totalSpotNumber) {
    return [];
  }
  const observedAtMs = Date.parse(`${updated?.replace(' ', 'T')}Z`);
  const tie = BigInt(totalSpotNumber * 100 + (occupiedSpotNumber % 100));
  const stamp = BigInt(observedAtMs) * 1_000_000n + tie;
  const attributes = new Map(Object.entries({ totalSpotNumber, occupiedSpotNumber }));
  return [reading(readingId, { assetId, source: assetId, stamp, observedAtMs, attributes })];
}

function countsOf(fates: readonly Fate[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(fates, (fate) => fate)].map(([fate, all]) => [fate, all.length]));
}

function isFirst(log: readonly Observation[], readingId: string, index: number): boolean {
  return log.findIndex((other) => other.readingId === readingId) === index;
}

function twinBytes(fold: Fold): Buffer | undefined {
  const twin = fold.twins().get(ASSET_ID);
  return twin && Buffer.from(encodeTwin(twin));
}
