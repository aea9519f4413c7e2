/** The written-out codec against one that goes by the message's description: schemas/observation.proto decides. */

import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Attestation,
  ContextSchema,
  Kind,
  ObservationRecordSchema,
  ObservationSchema,
  PositionSchema,
  type Value,
  ValueSchema,
} from '../../../core/codec/generated/observation_pb.ts';
import { decodeObservationRecord, encodeObservationRecord } from '../../../core/codec/observation-record.ts';
import type { AttributeValue, Observation } from '../../../core/observation.ts';
import { observation } from './arbitraries.ts';
import { observationOf } from './factories.ts';

const KINDS = { reading: Kind.READING, decision: Kind.DECISION, distrust: Kind.DISTRUST, retire: Kind.RETIRE };
const ATTESTATIONS = { none: Attestation.NONE, live: Attestation.LIVE, historical: Attestation.HISTORICAL };

function described(observations: readonly Observation[]): Uint8Array {
  return toBinary(
    ObservationRecordSchema,
    create(ObservationRecordSchema, {
      observations: observations.map(({ seen, position, attributes, ...rest }) => ({
        ...rest,
        flags: [...rest.flags],
        kind: KINDS[rest.kind],
        attestation: ATTESTATIONS[rest.attestation],
        observedAtMs: BigInt(rest.observedAtMs),
        receivedAtMs: BigInt(rest.receivedAtMs),
        validUntilMs: BigInt(rest.validUntilMs ?? 0),
        seen: Object.fromEntries(
          [...seen].map(([name, stamps]) => [name, create(ContextSchema, { stamps: Object.fromEntries(stamps) })]),
        ),
        ...(position && { position: create(PositionSchema, position) }),
        attributes: Object.fromEntries([...attributes].map(([name, value]) => [name, valueOf(value)])),
      })),
    }),
  );
}

function valueOf(value: AttributeValue): Value {
  if (typeof value === 'number') return create(ValueSchema, { kind: { case: 'number', value } });
  if (typeof value === 'boolean') return create(ValueSchema, { kind: { case: 'boolean', value } });
  return create(ValueSchema, { kind: { case: 'text', value } });
}

/** An object puts keys that look like an index first, so only without them is the order of a map the same in both. */
function keepsOrder({ attributes, seen }: Observation): boolean {
  const names = [...attributes.keys(), ...seen.keys(), ...[...seen.values()].flatMap((context) => [...context.keys()])];
  return names.every((name) => !/^\d+$/.test(name));
}

describe('the codec of observations', () => {
  it('writes the bytes that the description asks for', () => {
    fc.assert(
      fc.property(fc.array(observation.filter(keepsOrder), { maxLength: 4 }), (observations) => {
        expect(encodeObservationRecord(observations)).toEqual(described(observations));
      }),
      { numRuns: 300 },
    );
  });

  it('reads what the description writes', () => {
    fc.assert(
      fc.property(fc.array(observation, { minLength: 1, maxLength: 4 }), (observations) => {
        expect(decodeObservationRecord(described(observations))).toEqual({ ok: true, observations });
      }),
      { numRuns: 300 },
    );
  });

  it('reads a record however often it was read before, and whatever its names', () => {
    // Longer than what is remembered of names, beyond ASCII, and more of them than are remembered.
    const names = Array.from({ length: 5000 }, (_, index) => `asset-${index}`);
    for (const assetId of [...names, 'ä'.repeat(32), 'x'.repeat(65), 'ä'.repeat(32), 'x'.repeat(65), ...names]) {
      const whole = observationOf({ assetId, clientId: assetId });
      expect(decodeObservationRecord(described([whole]))).toEqual({ ok: true, observations: [whole] });
    }
  });

  it('passes over fields of a later version, of every wire type and at every depth', () => {
    const unknown = [
      'a006 ffffffffffffffffff01', // 100: varint
      'a106 0102030405060708', // 100: eight bytes
      'a206 03 616263', // 100: a length and bytes
      'a306 a306 0801 a406 a406', // 100: a group within a group
      'a506 01020304', // 100: four bytes
    ].map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    const later = Buffer.concat(unknown);
    const element = Buffer.concat([toBinary(ObservationSchema, elementOf(observationOf())), later]);
    const record = Buffer.concat([
      later,
      Buffer.from([0x0a, (element.length & 0x7f) | 0x80, element.length >> 7]),
      element,
      later,
    ]);
    expect(fromBinary(ObservationRecordSchema, record).observations).toHaveLength(1);
    expect(decodeObservationRecord(record)).toEqual({ ok: true, observations: [observationOf()] });
  });

  it.each([
    ['a message that ends behind its own', '0a 02 0a05'],
    ['a group without an end', 'a306'],
    ['an end without a group', 'a406'],
    ['field 0', '00 01'],
    ['wire type 6', '0e'],
    ['wire type 7', '0f'],
    ['groups nested without end', 'a306'.repeat(60_000)],
  ])('refuses %s, as the description does', (_what, hex) => {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    expect(() => fromBinary(ObservationRecordSchema, bytes)).toThrow();
    expect(decodeObservationRecord(bytes)).toMatchObject({ ok: false, reason: 'malformed' });
  });

  it('refuses a varint of more than ten bytes', () => {
    const varint = (length: number) => Buffer.from([0x10, ...Array.from({ length: length - 1 }, () => 0x80), 0x01]);
    const record = encodeObservationRecord([observationOf()]);
    expect(decodeObservationRecord(Buffer.concat([varint(10), record]))).toMatchObject({ ok: true });
    expect(decodeObservationRecord(Buffer.concat([varint(11), record]))).toMatchObject({ reason: 'malformed' });
  });
});

function elementOf(whole: Observation) {
  const [element] = fromBinary(ObservationRecordSchema, described([whole])).observations;
  if (!element) throw new Error('a record of one observation holds one');
  return element;
}
