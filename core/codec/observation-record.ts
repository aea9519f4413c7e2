import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { AttributeValue, Context, Observation, ReadingFlag } from '../observation.ts';
import { refuse, type Refusal } from '../reason.ts';
import {
  Attestation as WireAttestation,
  ContextSchema,
  Kind as WireKind,
  type Observation as WireObservation,
  ObservationRecordSchema,
  ObservationSchema,
  PositionSchema,
  type Value as WireValue,
  ValueSchema,
} from './generated/observation_pb.ts';

export interface DecodedRecord {
  readonly ok: true;
  readonly observations: readonly Observation[];
}

const KINDS = {
  reading: WireKind.READING,
  decision: WireKind.DECISION,
  distrust: WireKind.DISTRUST,
  retire: WireKind.RETIRE,
} as const;

const ATTESTATIONS = {
  none: WireAttestation.NONE,
  live: WireAttestation.LIVE,
  historical: WireAttestation.HISTORICAL,
} as const;

const FLAGS: ReadonlySet<string> = new Set<ReadingFlag>(['observed-at-missing', 'coarse-clock', 'unregistered']);

/** One observation as the element of a record. */
export function encodeObservation(observation: Observation): Uint8Array {
  return toBinary(ObservationSchema, toWire(observation));
}

/** Observations as a record of the `observations` stream. */
export function encodeObservationRecord(observations: readonly Observation[]): Uint8Array {
  return toBinary(ObservationRecordSchema, create(ObservationRecordSchema, { observations: observations.map(toWire) }));
}

/**
 * The observations of a record, in its order; `malformed` where the bytes are not one. Records one behind the other,
 * as the archive has them, read as one record: protobuf appends repeated fields. Flags of a later version are dropped.
 */
export function decodeObservationRecord(bytes: Uint8Array): DecodedRecord | Refusal {
  const observations: Observation[] = [];
  try {
    for (const wire of fromBinary(ObservationRecordSchema, bytes).observations) {
      const observation = fromWire(wire);
      if (!observation) return refuse('malformed', `observation ${observations.length} of the record is incomplete`);
      observations.push(observation);
    }
  } catch (error) {
    return refuse('malformed', `not an observation record: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
  return observations.length > 0 ? { ok: true, observations } : refuse('malformed', 'a record without observations');
}

function toWire(observation: Observation): WireObservation {
  const wire = create(ObservationSchema);
  wire.readingId = observation.readingId;
  wire.count = observation.count;
  wire.kind = KINDS[observation.kind];
  wire.clientId = observation.clientId;
  wire.flags = [...observation.flags];
  wire.assetId = observation.assetId;
  wire.assetType = observation.assetType;
  wire.zone = observation.zone;
  wire.source = observation.source;
  wire.stamp = observation.stamp;
  for (const [attribute, stamps] of observation.seen) {
    wire.seen[attribute] = create(ContextSchema, { stamps: Object.fromEntries(stamps) });
  }
  wire.observedAtMs = BigInt(observation.observedAtMs);
  wire.receivedAtMs = BigInt(observation.receivedAtMs);
  if (observation.position) wire.position = create(PositionSchema, observation.position);
  wire.attestation = ATTESTATIONS[observation.attestation];
  for (const [name, value] of observation.attributes) wire.attributes[name] = toWireValue(value);
  wire.schema = observation.schema;
  return wire;
}

function toWireValue(value: AttributeValue): WireValue {
  const wire = create(ValueSchema);
  if (typeof value === 'number') wire.kind = { case: 'number', value };
  else if (typeof value === 'boolean') wire.kind = { case: 'boolean', value };
  else wire.kind = { case: 'text', value };
  return wire;
}

function fromWire(wire: WireObservation): Observation | undefined {
  const kind = keyOf(KINDS, wire.kind);
  const attestation = keyOf(ATTESTATIONS, wire.attestation);
  const attributes = fromWireAttributes(wire.attributes);
  const observedAtMs = Number(wire.observedAtMs);
  const receivedAtMs = Number(wire.receivedAtMs);
  const complete =
    wire.readingId !== '' &&
    wire.assetId !== '' &&
    wire.assetType !== '' &&
    wire.zone !== '' &&
    wire.source !== '' &&
    Number.isSafeInteger(observedAtMs) &&
    Number.isSafeInteger(receivedAtMs) &&
    isFinitePosition(wire.position);
  if (!kind || !attestation || !attributes || !complete) return undefined;
  return {
    readingId: wire.readingId,
    count: wire.count,
    kind,
    clientId: wire.clientId,
    flags: wire.flags.filter(isFlag),
    assetId: wire.assetId,
    assetType: wire.assetType,
    zone: wire.zone,
    source: wire.source,
    stamp: wire.stamp,
    seen: fromWireSeen(wire.seen),
    observedAtMs,
    receivedAtMs,
    ...(wire.position && { position: fromWirePosition(wire.position) }),
    attestation,
    attributes,
    schema: wire.schema,
  };
}

function isFlag(flag: string): flag is ReadingFlag {
  return FLAGS.has(flag);
}

function keyOf<Key extends string>(table: Readonly<Record<Key, number>>, code: number): Key | undefined {
  for (const key in table) if (table[key] === code) return key;
  return undefined;
}

function fromWireAttributes(wire: WireObservation['attributes']): ReadonlyMap<string, AttributeValue> | undefined {
  const attributes = new Map<string, AttributeValue>();
  for (const name of Object.keys(wire)) {
    const value = wire[name]?.kind.value;
    // The log is ours, but a number that no twin can hold must not reach the merge.
    if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return undefined;
    attributes.set(name, value);
  }
  return attributes;
}

function fromWireSeen(wire: WireObservation['seen']): ReadonlyMap<string, Context> {
  return new Map(Object.entries(wire).map(([attribute, { stamps }]) => [attribute, new Map(Object.entries(stamps))]));
}

function isFinitePosition(position: WireObservation['position']): boolean {
  const { longitude = 0, latitude = 0, altitude = 0 } = position ?? {};
  return [longitude, latitude, altitude].every(Number.isFinite);
}

function fromWirePosition({ longitude, latitude, altitude }: NonNullable<WireObservation['position']>) {
  return altitude === undefined ? { longitude, latitude } : { longitude, latitude, altitude };
}
