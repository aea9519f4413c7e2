import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  type Attribute as WireAttribute,
  AttributeSchema,
  DepartureSchema,
  DeltaMessageSchema,
  Quality as WireQuality,
  ResolvedPositionSchema,
  ResolvedValueSchema,
  type Sibling as WireSibling,
  SiblingSchema,
  TwinDeltaSchema,
} from '../codec/generated/delta_pb.ts';
import { PositionSchema, ValueSchema } from '../codec/generated/observation_pb.ts';
import type { AttributeValue } from '../observation.ts';
import { POSITION } from '../schema/names.ts';
import type { ResolvedAttribute, ResolvedPosition } from '../twin/resolve.ts';
import { sortedByKey } from '../twin/sorted.ts';
import type { Register, Sibling } from '../twin/twin.ts';
import type { Quality } from '../twin/weigh.ts';
import type { Departure, TwinDelta } from './delta.ts';

/** Of `DeltaMessage`. */
export const DELTA_FORMAT = 1;

const QUALITIES: Readonly<Record<Quality, WireQuality>> = {
  good: WireQuality.GOOD,
  uncertain: WireQuality.UNCERTAIN,
  stale: WireQuality.STALE,
};

/** A delta or a departure as the element of a message. */
export interface DeltaElement {
  readonly field: keyof typeof DeltaMessageSchema.field & ('deltas' | 'departures');
  readonly bytes: Uint8Array;
}

/** With its siblings, where it has the twin that they stand in. */
export function encodeDelta(delta: TwinDelta): DeltaElement {
  return { field: 'deltas', bytes: toBinary(TwinDeltaSchema, deltaToWire(delta)) };
}

export function encodeDeparture({ assetId, version, resolvedAtMs, to }: Departure): DeltaElement {
  const wire = create(DepartureSchema, {
    assetId,
    version: BigInt(version),
    resolvedAtMs: BigInt(resolvedAtMs),
    zone: to.zone,
    tile: to.tile,
  });
  return { field: 'departures', bytes: toBinary(DepartureSchema, wire) };
}

/** What one element adds to a message, its tag and length included. */
export function elementBytes({ bytes }: DeltaElement): number {
  return TAG_BYTES + new BinaryWriter().uint32(bytes.length).finish().length + bytes.length;
}

/** All fields of a message have numbers below 16, whose tags are one byte. */
const TAG_BYTES = 1;
/** Tag and value of the format. */
export const HEADER_BYTES = 2;

/** A `DeltaMessage` of elements that are encoded already: fields of a message may stand in any order. */
export function encodeDeltaMessage(elements: readonly DeltaElement[]): Uint8Array {
  const { format } = DeltaMessageSchema.field;
  const writer = new BinaryWriter().tag(format.number, WireType.Varint).uint32(DELTA_FORMAT);
  for (const { field, bytes } of elements) {
    writer.tag(DeltaMessageSchema.field[field].number, WireType.LengthDelimited).bytes(bytes);
  }
  return writer.finish();
}

function deltaToWire({ version, resolved, twin }: TwinDelta) {
  const wire = create(TwinDeltaSchema);
  wire.assetId = resolved.assetId;
  wire.assetType = resolved.assetType;
  wire.zone = resolved.zone;
  wire.registered = resolved.registered;
  wire.version = BigInt(version);
  wire.resolvedAtMs = BigInt(resolved.resolvedAtMs);
  if (resolved.validUntilMs !== null) wire.validUntilMs = BigInt(resolved.validUntilMs);
  wire.abridged = twin === undefined;
  const placeOfSource = sourceList(wire.sources, twin !== undefined);
  const registers = twin?.registers ?? new Map<string, Register>();
  for (const [name, register] of sortedByKey(registers)) {
    const siblings = siblingsToWire(register, placeOfSource);
    if (name === POSITION) wire.positionSiblings = siblings;
    else if (siblings.length > 0) wire.attributes.push(attributeToWire(name, siblings));
  }
  addResolved(wire.attributes, resolved.attributes, placeOfSource);
  if (resolved.position) wire.position = positionToWire(resolved.position, placeOfSource);
  return wire;
}

type PlaceOfSource = (source: string) => number | undefined;

/** Enters each source once into `sources` and says where it stands there; an abridged delta has none. */
function sourceList(sources: string[], hasSources: boolean): PlaceOfSource {
  const places = new Map<string, number>();
  return (source) => {
    if (!hasSources) return undefined;
    const known = places.get(source);
    if (known !== undefined) return known;
    places.set(source, sources.length);
    return sources.push(source) - 1;
  };
}

function siblingsToWire(register: Register, placeOfSource: PlaceOfSource): WireSibling[] {
  const siblings: WireSibling[] = [];
  for (const [source, { stamp, sibling }] of register) {
    if (sibling) siblings.push(siblingToWire(placeOfSource(source) ?? 0, stamp, sibling));
  }
  return siblings;
}

function siblingToWire(source: number, stamp: bigint, { value, receivedAtMs, flags }: Sibling): WireSibling {
  const wire = create(SiblingSchema);
  wire.source = source;
  wire.stamp = stamp;
  wire.receivedAtMs = BigInt(receivedAtMs);
  wire.value =
    typeof value === 'object' ? { case: 'position', value: create(PositionSchema, value) } : scalarToWire(value);
  wire.flags = [...flags];
  return wire;
}

function scalarToWire(value: AttributeValue) {
  switch (typeof value) {
    case 'number':
      return { case: 'number', value } as const;
    case 'boolean':
      return { case: 'boolean', value } as const;
    default:
      return { case: 'text', value } as const;
  }
}

function attributeToWire(name: string, siblings: WireSibling[]): WireAttribute {
  const wire = create(AttributeSchema);
  wire.name = name;
  wire.siblings = siblings;
  return wire;
}

/** Beside the siblings of its attribute, or alone where the delta has none. */
function addResolved(
  attributes: WireAttribute[],
  resolved: ReadonlyMap<string, ResolvedAttribute>,
  placeOfSource: PlaceOfSource,
): void {
  for (const [name, attribute] of resolved) {
    let wire = attributes.find((each) => each.name === name);
    if (!wire) {
      wire = attributeToWire(name, []);
      attributes.push(wire);
    }
    wire.resolved = resolvedToWire(attribute, placeOfSource);
  }
}

function resolvedToWire(attribute: ResolvedAttribute, placeOfSource: PlaceOfSource) {
  const { value, unit = '', observedAtMs, sources, quality, flags, validUntilMs } = attribute;
  const wire = create(ResolvedValueSchema);
  wire.value = create(ValueSchema);
  wire.value.kind = scalarToWire(value);
  wire.unit = unit;
  wire.observedAtMs = BigInt(observedAtMs);
  wire.sources = sources.flatMap((source) => placeOfSource(source) ?? []);
  wire.quality = QUALITIES[quality];
  wire.flags = [...flags];
  if (validUntilMs !== null) wire.validUntilMs = BigInt(validUntilMs);
  return wire;
}

function positionToWire({ value, observedAtMs, source }: ResolvedPosition, placeOfSource: PlaceOfSource) {
  const wire = create(ResolvedPositionSchema);
  wire.value = create(PositionSchema, value);
  wire.observedAtMs = BigInt(observedAtMs);
  const place = placeOfSource(source);
  if (place !== undefined) wire.source = place;
  return wire;
}
