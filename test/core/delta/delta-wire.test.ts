/** The written-out encoder against one that goes by the message's description: schemas/delta.proto decides. */

import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AttributeSchema,
  type CalibrationSchema,
  DeltaMessageSchema,
  Quality,
  type ReviewSchema,
  type SiblingSchema,
  type TwinDeltaSchema,
} from '../../../core/codec/generated/delta_pb.ts';
import type { Departure, TwinDelta } from '../../../core/delta/delta.ts';
import { addElement, encodeDelta, encodeDeparture, startDeltaMessage } from '../../../core/delta/encode.ts';
import type { AttributeValue } from '../../../core/observation.ts';
import type { Evidence } from '../../../core/twin/evidence.ts';
import { type ResolvedAttribute, resolve } from '../../../core/twin/resolve.ts';
import type { Entry, Register, Twin } from '../../../core/twin/twin.ts';
import { character, name } from '../codec/arbitraries.ts';
import { NOW_MS, SIGNAL } from '../reviews/signals.ts';
import { twins } from '../twin/arbitraries.ts';
import { decoded, deltaOf } from './deltas.ts';

const QUALITIES = { good: Quality.GOOD, uncertain: Quality.UNCERTAIN, stale: Quality.STALE };

function encoded(deltas: readonly TwinDelta[], departures: readonly Departure[]): Uint8Array {
  const message = startDeltaMessage();
  for (const delta of deltas) addElement(message, encodeDelta(delta));
  for (const departure of departures) addElement(message, encodeDeparture(departure));
  return message.finish();
}

/** The bytes that the description asks for. */
function described(deltas: readonly TwinDelta[], departures: readonly Departure[]): Uint8Array {
  return toBinary(
    DeltaMessageSchema,
    create(DeltaMessageSchema, {
      format: 1,
      deltas: deltas.map((delta) => describedDelta(delta)),
      departures: departures.map(({ assetId, version, resolvedAtMs, to }) => {
        return { assetId, version: BigInt(version), resolvedAtMs: BigInt(resolvedAtMs), ...to };
      }),
    }),
  );
}

function describedDelta({ version, resolved, twin, evidence }: TwinDelta): MessageInitShape<typeof TwinDeltaSchema> {
  const { assetId, assetType, zone, registered, position } = resolved;
  const registers = [...(twin?.registers ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  const standing = registers.map(([register, entries]) => shownEntries(entries, evidence?.reviews.has(register)));
  const sources = [...new Set(standing.flatMap((entries) => entries.map(([source]) => source)))];
  const places = (of: readonly string[]): number[] => (twin ? of.map((source) => sources.indexOf(source)) : []);
  const [place] = places(position ? [position.source] : []);
  return {
    assetId,
    assetType,
    zone,
    registered,
    version: BigInt(version),
    ...timesOf(resolved),
    sources,
    attributes: twin
      ? registers.flatMap(([register, entries]) => {
          const siblings = siblingsOf(entries, sources, evidence?.reviews.has(register));
          if (register === 'position' || siblings.length === 0) return [];
          const known = evidence ? evidenceOf(register, evidence, entries, sources) : {};
          return [attributeOf(register, siblings, resolved.attributes.get(register), places, known)];
        })
      : [...resolved.attributes].map(([attribute, value]) => attributeOf(attribute, [], value, places)),
    positionSiblings: siblingsOf(
      twin?.registers.get('position') ?? new Map(),
      sources,
      evidence?.reviews.has('position'),
    ),
    ...(position && {
      position: {
        value: position.value,
        observedAtMs: BigInt(position.observedAtMs),
        ...(place !== undefined && { source: place }),
      },
    }),
    abridged: !twin,
  };
}

function timesOf({ resolvedAtMs, validUntilMs }: TwinDelta['resolved']) {
  return { resolvedAtMs: BigInt(resolvedAtMs), ...(validUntilMs !== null && { validUntilMs: BigInt(validUntilMs) }) };
}

/** Where an authority decided, or there is a review of what stands, what was superseded too. */
function shownEntries(register: Register, isReviewed = false): (readonly [string, Entry])[] {
  const entries = [...register];
  const siblings = entries.filter(([, { sibling }]) => sibling);
  const isDecided = siblings.some(([, { sibling }]) => sibling?.validUntilMs !== undefined);
  return isDecided || (isReviewed && siblings.length > 0) ? entries : siblings;
}

function evidenceOf(
  name: string,
  { calibrations, reviews }: Evidence,
  register: Register,
  sources: readonly string[],
): { calibration?: MessageInitShape<typeof CalibrationSchema>; review?: MessageInitShape<typeof ReviewSchema> } {
  const [calibration, review] = [calibrations.get(name), reviews.get(name)];
  const known = [...(calibration?.sources ?? [])].filter(([source]) => register.get(source)?.sibling);
  const calibrated = known.map(([source, errors]) => ({ ...errors, source: sources.indexOf(source) }));
  const { onsetMs = 0, openedAtMs, id = '' } = review ?? {};
  const times = { onsetMs: BigInt(onsetMs), ...(openedAtMs !== undefined && { openedAtMs: BigInt(openedAtMs) }) };
  return {
    ...(calibration && { calibration: { version: calibration.version, sources: calibrated } }),
    ...(review && { review: { id, ...times } }),
  };
}

function siblingsOf(register: Register, sources: readonly string[], isReviewed = false) {
  return shownEntries(register, isReviewed).map(
    ([source, { stamp, sibling }]): MessageInitShape<typeof SiblingSchema> => {
      if (!sibling) return { source: sources.indexOf(source), stamp };
      const { value, receivedAtMs, flags, validUntilMs } = sibling;
      return {
        source: sources.indexOf(source),
        stamp,
        receivedAtMs: BigInt(receivedAtMs),
        value: typeof value === 'object' ? { case: 'position', value } : scalarOf(value),
        flags: [...flags],
        ...(validUntilMs !== undefined && { validUntilMs: BigInt(validUntilMs) }),
      };
    },
  );
}

function attributeOf(
  attribute: string,
  siblings: MessageInitShape<typeof SiblingSchema>[],
  resolved: ResolvedAttribute | undefined,
  places: (sources: readonly string[]) => number[],
  evidence: ReturnType<typeof evidenceOf> = {},
): MessageInitShape<typeof AttributeSchema> {
  if (!resolved) return { name: attribute, siblings, ...evidence };
  const { value, unit = '', observedAtMs, sources, quality, flags, validUntilMs } = resolved;
  return {
    name: attribute,
    siblings,
    ...evidence,
    resolved: {
      ...(typeof value === 'object'
        ? { members: value.map((member) => ({ kind: scalarOf(member) })) }
        : { value: { kind: scalarOf(value) } }),
      unit,
      observedAtMs: BigInt(observedAtMs),
      sources: places(sources),
      quality: QUALITIES[quality],
      flags: [...flags],
      ...(validUntilMs !== null && { validUntilMs: BigInt(validUntilMs) }),
    },
  };
}

function scalarOf(value: AttributeValue) {
  if (typeof value === 'number') return { case: 'number', value } as const;
  return typeof value === 'boolean' ? ({ case: 'boolean', value } as const) : ({ case: 'text', value } as const);
}

const departures: fc.Arbitrary<Departure> = fc.record({
  assetId: name,
  version: fc.maxSafeNat(),
  resolvedAtMs: fc.maxSafeNat(),
  to: fc.record({ zone: name, tile: fc.string({ unit: character }) }),
});

const double = fc.double({ noNaN: true });

/** Of any text and any number of sources: the twins of the small universe under other names, and abridged ones. */
const deltas: fc.Arbitrary<TwinDelta> = fc
  .record({
    twin: twins,
    assetId: fc.string({ unit: character }),
    prefix: fc.string({ unit: character, maxLength: 200 }),
    version: fc.oneof(fc.nat(), fc.maxSafeNat()),
    nowMs: fc.oneof(fc.nat({ max: 12 }), fc.maxSafeNat()),
    isAbridged: fc.boolean(),
    decided: fc.option(fc.tuple(fc.nat(), fc.maxSafeNat()), { nil: undefined }),
    errors: fc.record(
      { bias: double, sigma: double, usual: fc.record({ level: double, spread: double }) },
      { requiredKeys: ['bias', 'sigma'] },
    ),
    review: fc.record(
      { id: fc.string(), onsetMs: fc.maxSafeNat(), openedAtMs: fc.maxSafeNat() },
      { requiredKeys: ['id', 'onsetMs'] },
    ),
    isEvident: fc.boolean(),
  })
  .map(({ twin, assetId, prefix, version, nowMs, isAbridged, decided, errors, review, isEvident }) => {
    const registers = renamed(decided ? withDecision(twin, ...decided) : twin, prefix);
    const delta = deltaOf({ ...twin, assetId, registers }, version, nowMs);
    if (isAbridged) return { version, resolved: delta.resolved };
    if (!isEvident) return delta;
    const names = [...registers.keys()];
    const calibrated = (name: string) =>
      [...(registers.get(name)?.keys() ?? [])].map((source) => [source, errors] as const);
    const calibrations = new Map(names.map((name) => [name, { version: name, sources: new Map(calibrated(name)) }]));
    return { ...delta, evidence: { calibrations, reviews: new Map(names.map((name) => [name, review])) } };
  });

/** Makes a decision of one of the siblings, if there are any. */
function withDecision({ registers, ...twin }: Twin, choice: number, validUntilMs: number): Twin {
  const all = [...registers].flatMap(([name, entries]) => [...entries.keys()].map((source) => ({ name, source })));
  const chosen = all[choice % Math.max(all.length, 1)];
  const decided = (name: string) => (source: string, entry: Entry) =>
    entry.sibling && chosen?.name === name && chosen.source === source
      ? { ...entry, sibling: { ...entry.sibling, validUntilMs } }
      : entry;
  return {
    ...twin,
    registers: new Map(
      [...registers].map(([name, entries]) => [
        name,
        new Map([...entries].map(([source, entry]) => [source, decided(name)(source, entry)])),
      ]),
    ),
  };
}

function renamed({ registers }: Twin, prefix: string): Twin['registers'] {
  return new Map(
    [...registers].map(([register, entries]) => [
      register,
      new Map([...entries].map(([source, entry]) => [prefix + source, entry])),
    ]),
  );
}

describe('the encoder of deltas', () => {
  it('writes the bytes that the description asks for', () => {
    fc.assert(
      fc.property(
        fc.array(deltas, { maxLength: 3 }),
        fc.array(departures, { maxLength: 3 }),
        (someDeltas, someDepartures) => {
          expect(Buffer.from(encoded(someDeltas, someDepartures)).toString('hex')).toBe(
            Buffer.from(described(someDeltas, someDepartures)).toString('hex'),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('writes what reads by the description and, written by it again, is the same bytes', () => {
    fc.assert(
      fc.property(fc.array(deltas, { minLength: 1, maxLength: 3 }), (some) => {
        const bytes = encoded(some, []);
        const message = fromBinary(DeltaMessageSchema, bytes);
        expect(message.$unknown).toBeUndefined();
        expect(toBinary(DeltaMessageSchema, message)).toEqual(bytes);
      }),
    );
  });

  it('brings a reader the decision, what it superseded, and what the value was resolved with', () => {
    const register: Register = new Map([
      ['lamp-a', { stamp: 5n, sibling: { value: 'green', receivedAtMs: 6, flags: ['coarse-clock'] } }],
      ['lamp-b', { stamp: 4n }],
      ['operator/amber', { stamp: 7n, sibling: { value: 'red', receivedAtMs: 8, flags: [], validUntilMs: 900 } }],
    ]);
    const undecided: Register = new Map([
      ['lamp-a', { stamp: 5n, sibling: { value: 3, receivedAtMs: 6, flags: [] } }],
      ['lamp-c', { stamp: 9n }],
    ]);
    const twin: Twin = {
      assetId: 'junction-1',
      assetType: 'ParkingSpot',
      zone: 'north',
      registered: true,
      registers: new Map<string, Register>([
        ['intensity', undecided],
        ['status', register],
        [
          'distrust/status/lamp-b',
          new Map([['operator/amber', { stamp: 7n, sibling: { value: 99, receivedAtMs: 8, flags: [] } }]]),
        ],
      ]),
      floors: new Map(),
    };
    const usual = { level: 4, spread: 0.5 };
    const evidence: Evidence = {
      calibrations: new Map([
        [
          'intensity',
          {
            version: 'w7',
            sources: new Map([
              ['lamp-a', { bias: -0.25, sigma: 2, usual }],
              ['elsewhere', { bias: 1, sigma: 1 }],
            ]),
          },
        ],
      ]),
      reviews: new Map([['status', { id: 'f00d', onsetMs: 3, openedAtMs: 4 }]]),
    };
    const delta = decoded(encoded([{ ...deltaOf(twin, 1, 10), evidence }], [])).deltas[0];
    expect(delta?.evidence).toEqual({
      calibrations: new Map([
        ['intensity', { version: 'w7', sources: new Map([['lamp-a', { bias: -0.25, sigma: 2, usual }]]) }],
      ]),
      reviews: evidence.reviews,
    });
    expect(delta?.twin?.registers.get('status')).toEqual(register);
    expect([...(delta?.twin?.registers.get('intensity')?.keys() ?? [])]).toEqual(['lamp-a']);
    expect(delta?.twin?.registers.get('distrust/status/lamp-b')).toEqual(twin.registers.get('distrust/status/lamp-b'));
  });

  it('lets a reader come to the same where a review is open and a source that was superseded is still awaited', () => {
    const stampOf = (agoMs: number) => BigInt(NOW_MS - agoMs) * 1_000_000n;
    const lamp: Register = new Map([
      ['camera', { stamp: stampOf(2000) }],
      ['controller', { stamp: stampOf(1000), sibling: { value: 'green', receivedAtMs: NOW_MS - 1000, flags: [] } }],
    ]);
    const twin: Twin = {
      assetId: 'junction',
      assetType: 'Signal',
      zone: 'north',
      registered: true,
      registers: new Map([['lamp', lamp]]),
      floors: new Map(),
    };
    const evidence: Evidence = {
      calibrations: new Map(),
      reviews: new Map([['lamp', { id: 'f00d', onsetMs: 3, openedAtMs: 4 }]]),
    };
    const delta = decoded(encoded([{ ...deltaOf(twin, 1, NOW_MS), evidence }], [])).deltas[0];
    expect(delta?.twin).toEqual(twin);
    expect(delta?.twin && resolve(delta.twin, SIGNAL, NOW_MS, delta.evidence).attributes.get('lamp')).toMatchObject({
      value: 'flashing',
      flags: ['fail-safe'],
    });
  });
});
