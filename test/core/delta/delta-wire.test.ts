/** The written-out encoder against one that goes by the message's description: schemas/delta.proto decides. */

import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AttributeSchema,
  DeltaMessageSchema,
  Quality,
  type SiblingSchema,
  type TwinDeltaSchema,
} from '../../../core/codec/generated/delta_pb.ts';
import type { Departure, TwinDelta } from '../../../core/delta/delta.ts';
import { addElement, encodeDelta, encodeDeparture, startDeltaMessage } from '../../../core/delta/encode.ts';
import type { AttributeValue } from '../../../core/observation.ts';
import type { ResolvedAttribute } from '../../../core/twin/resolve.ts';
import type { Entry, Twin } from '../../../core/twin/twin.ts';
import { character, name } from '../codec/arbitraries.ts';
import { twins } from '../twin/arbitraries.ts';
import { deltaOf } from './deltas.ts';

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

function describedDelta({ version, resolved, twin }: TwinDelta): MessageInitShape<typeof TwinDeltaSchema> {
  const { assetId, assetType, zone, registered, position } = resolved;
  const registers = [...(twin?.registers ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  const standing = registers.map(([, register]) => [...register].filter(([, { sibling }]) => sibling));
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
          const siblings = siblingsOf(entries, sources);
          if (register === 'position' || siblings.length === 0) return [];
          return [attributeOf(register, siblings, resolved.attributes.get(register), places)];
        })
      : [...resolved.attributes].map(([attribute, value]) => attributeOf(attribute, [], value, places)),
    positionSiblings: siblingsOf(twin?.registers.get('position') ?? new Map(), sources),
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

function siblingsOf(register: Iterable<readonly [string, Entry]>, sources: readonly string[]) {
  return [...register].flatMap(([source, { stamp, sibling }]): MessageInitShape<typeof SiblingSchema>[] => {
    if (!sibling) return [];
    const { value, receivedAtMs, flags } = sibling;
    return [
      {
        source: sources.indexOf(source),
        stamp,
        receivedAtMs: BigInt(receivedAtMs),
        value: typeof value === 'object' ? { case: 'position', value } : scalarOf(value),
        flags: [...flags],
      },
    ];
  });
}

function attributeOf(
  attribute: string,
  siblings: MessageInitShape<typeof SiblingSchema>[],
  resolved: ResolvedAttribute | undefined,
  places: (sources: readonly string[]) => number[],
): MessageInitShape<typeof AttributeSchema> {
  if (!resolved) return { name: attribute, siblings };
  const { value, unit = '', observedAtMs, sources, quality, flags, validUntilMs } = resolved;
  return {
    name: attribute,
    siblings,
    resolved: {
      value: { kind: scalarOf(value) },
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

/** Of any text and any number of sources: the twins of the small universe under other names, and abridged ones. */
const deltas: fc.Arbitrary<TwinDelta> = fc
  .record({
    twin: twins,
    assetId: fc.string({ unit: character }),
    prefix: fc.string({ unit: character, maxLength: 200 }),
    version: fc.oneof(fc.nat(), fc.maxSafeNat()),
    nowMs: fc.oneof(fc.nat({ max: 12 }), fc.maxSafeNat()),
    isAbridged: fc.boolean(),
  })
  .map(({ twin, assetId, prefix, version, nowMs, isAbridged }) => {
    const delta = deltaOf({ ...twin, assetId, registers: renamed(twin, prefix) }, version, nowMs);
    return isAbridged ? { version, resolved: delta.resolved } : delta;
  });

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
});
