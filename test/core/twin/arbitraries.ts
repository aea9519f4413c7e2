/** Observations and twins for properties: small universes, so that dots meet, collide, supersede and retire often. */

import * as fc from 'fast-check';
import type { AttributeValue, Context, Observation, Position, ReadingFlag } from '../../../core/observation.ts';
import type { Entry, Register, RegisterValue, Sibling, Twin } from '../../../core/twin/twin.ts';

export const ASSET_ID = 'junction-7';
const SOURCES = ['cam-1', 'loop-1', 'gw-1/radar'];
const ATTRIBUTES = ['intensity', 'occupancy'];
const FLAGS: readonly ReadingFlag[] = ['coarse-clock', 'observed-at-missing', 'unregistered'];

/** A plain reading of `intensity` 1 by `cam-1` with stamp 1, except for what is given. */
export function observationOf(given: Partial<Observation> = {}): Observation {
  return {
    readingId: 'message-1/0',
    count: 1,
    kind: 'reading',
    clientId: 'cam-1',
    flags: [],
    assetId: ASSET_ID,
    assetType: 'TrafficFlowObserved',
    zone: 'north',
    source: 'cam-1',
    stamp: 1n,
    seen: new Map(),
    observedAtMs: 0,
    receivedAtMs: 1000,
    attestation: 'none',
    attributes: new Map([['intensity', 1]]),
    schema: 0n,
    ...given,
  };
}

const sources: fc.Arbitrary<string> = fc.constantFrom(...SOURCES);
/** Few, so that many are equal; 0 is the least that a uint64 can be. */
const stamps: fc.Arbitrary<bigint> = fc.bigInt({ min: 0n, max: 6n });
const receipts = fc.integer({ min: 1000, max: 1003 });
/** When a decision or a distrust ends. */
const ends = fc.integer({ min: 4, max: 14 });
const flags = fc.uniqueArray(fc.constantFrom(...FLAGS), { maxLength: 2 });

/** With values whose order by number, by UTF-16 code unit and by UTF-8 byte differ, and both zeros. */
const values: fc.Arbitrary<AttributeValue> = fc.constantFrom<AttributeValue>(
  -0,
  0,
  9,
  10,
  -1.5,
  1e21,
  true,
  false,
  'vacant',
  '10',
  '\uFF61',
  '\u{1F697}',
  '"\\\n',
);

const positions: fc.Arbitrary<Position> = fc.oneof(
  fc.record({ longitude: fc.constantFrom(-0, 0, 13.4), latitude: fc.constantFrom(52.5, -1) }),
  fc.record({ longitude: fc.constant(0), latitude: fc.constant(52.5), altitude: fc.constantFrom(-0, 34) }),
);

const contexts: fc.Arbitrary<Context> = mapOf(sources, stamps, 2);

/** Readings with and without position and `seen`, decisions and retirements. */
const written: fc.Arbitrary<Observation> = fc
  .record({
    readingId: fc.nat({ max: 30 }).map((index) => `message-${index}/0`),
    kind: fc.constantFrom<Observation['kind']>('reading', 'reading', 'reading', 'reading', 'decision', 'retire'),
    flags,
    assetType: fc.constantFrom('ParkingSpot', 'TrafficFlowObserved'),
    zone: fc.constantFrom('north', 'south'),
    source: sources,
    stamp: stamps,
    seen: fc.oneof(
      { weight: 2, arbitrary: fc.constant(new Map()) },
      mapOf(fc.constantFrom(...ATTRIBUTES), contexts, 2),
    ),
    receivedAtMs: receipts,
    attributes: mapOf(fc.constantFrom(...ATTRIBUTES), values, 2),
    position: fc.option(positions, { nil: undefined, freq: 4 }),
    validUntilMs: ends,
  })
  .map(({ position, validUntilMs, ...given }) =>
    observationOf({ ...given, ...(position && { position }), ...(given.kind === 'decision' && { validUntilMs }) }),
  );

/** An authority's word that a source has no vote on an attribute for a while. */
const distrusts: fc.Arbitrary<Observation> = fc
  .record({
    readingId: fc.nat({ max: 30 }).map((index) => `message-${index}/0`),
    source: fc.constantFrom('operator/ada', 'operator/bob'),
    stamp: stamps,
    receivedAtMs: receipts,
    attributes: mapOf(fc.constantFrom('distrust/intensity/cam-1', 'distrust/intensity/gw-1/radar'), ends, 2),
  })
  .map((given) => observationOf({ ...given, kind: 'distrust' }));

/** Whatever may be said of the one asset; one of ten is a distrust. */
export const observations: fc.Arbitrary<Observation> = fc.oneof(
  { weight: 9, arbitrary: written },
  { weight: 1, arbitrary: distrusts },
);

const siblings = (registerValues: fc.Arbitrary<RegisterValue>): fc.Arbitrary<Sibling> =>
  fc
    .record({
      value: registerValues.map((value) => (value === 0 ? 0 : value)),
      receivedAtMs: receipts,
      flags: flags.map((some) => some.toSorted()),
      validUntilMs: fc.option(ends, { nil: undefined, freq: 4 }),
    })
    .map(({ validUntilMs, ...sibling }) => (validUntilMs === undefined ? sibling : { ...sibling, validUntilMs }));

/** Any register, also one that no history of writes gives. */
export const registers: fc.Arbitrary<Register> = registersOf(values);

/** Any twin of the one asset in normal form, also one that no history of writes gives. */
export const twins: fc.Arbitrary<Twin> = fc
  .record({
    assetType: fc.constantFrom('ParkingSpot', 'TrafficFlowObserved'),
    zone: fc.constantFrom('north', 'south'),
    registered: fc.boolean(),
    registers: mapOf(fc.constantFrom(...ATTRIBUTES), registers, 2),
    position: fc.option(registersOf(positions.map(withoutNegativeZero)), { nil: undefined }),
    floors: fc.oneof(fc.constant(new Map<string, bigint>()), mapOf(sources, stamps, 2)),
  })
  .map(({ position, registers, floors, ...rest }) => {
    const all = new Map([...registers, ...(position ? [['position', position] as const] : [])]);
    return { assetId: ASSET_ID, ...rest, registers: inNormalForm(all, floors), floors };
  });

/** A list in any order, with some of its members more than once. */
export function disordered<T>(list: readonly T[]): fc.Arbitrary<T[]> {
  const repeated = fc.subarray([...list]);
  return repeated.chain((again) => {
    const all = [...list, ...again];
    return fc.shuffledSubarray(all, { minLength: all.length });
  });
}

/** The list cut into batches, none of them empty. */
export function batched<T>(list: readonly T[]): fc.Arbitrary<T[][]> {
  return fc.array(fc.integer({ min: 1, max: 4 }), { minLength: list.length, maxLength: list.length }).map((sizes) => {
    const batches: T[][] = [];
    let start = 0;
    for (const size of sizes) {
      batches.push(list.slice(start, start + size));
      start += size;
    }
    return batches.filter((batch) => batch.length > 0);
  });
}

/** Every order of a short list. */
export function permutationsOf<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first, place) => permutationsOf(list.toSpliced(place, 1)).map((rest) => [first, ...rest]));
}

function registersOf(registerValues: fc.Arbitrary<RegisterValue>): fc.Arbitrary<Register> {
  const standing = fc.record({ stamp: stamps, sibling: siblings(registerValues) });
  return mapOf<Entry>(sources, fc.oneof(standing, fc.record({ stamp: stamps })), 3);
}

function inNormalForm(
  registers: ReadonlyMap<string, Register>,
  floors: ReadonlyMap<string, bigint>,
): ReadonlyMap<string, Register> {
  const above = [...registers].map(([name, register]) => {
    const kept = [...register].filter(([source, { stamp }]) => stamp > (floors.get(source) ?? -1n));
    return [name, new Map(kept)] as const;
  });
  return new Map(above.filter(([, register]) => register.size > 0));
}

function withoutNegativeZero({ longitude, latitude, altitude }: Position): Position {
  return altitude === undefined
    ? { longitude: longitude + 0, latitude: latitude + 0 }
    : { longitude: longitude + 0, latitude: latitude + 0, altitude: altitude + 0 };
}

function mapOf<V>(
  keys: fc.Arbitrary<string>,
  entries: fc.Arbitrary<V>,
  maxLength: number,
): fc.Arbitrary<Map<string, V>> {
  return fc
    .uniqueArray(fc.tuple(keys, entries), { selector: ([key]) => key, maxLength })
    .map((pairs) => new Map<string, V>(pairs));
}
