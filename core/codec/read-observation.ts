import type { AttributeValue, Context, Observation, Position, ReadingFlag } from '../observation.ts';
import {
  ALTITUDE,
  ASSET_ID,
  ASSET_TYPE,
  ATTESTATION,
  ATTESTATIONS,
  ATTRIBUTES,
  CLIENT_ID,
  CONTEXT_STAMPS,
  COUNT,
  ENTRY_FIXED64,
  ENTRY_KEY,
  ENTRY_MESSAGE,
  FLAGS,
  KIND,
  KINDS,
  LATITUDE,
  LONGITUDE,
  OBSERVED_AT_MS,
  POSITION,
  READING_ID,
  RECEIVED_AT_MS,
  REDRIVES,
  SCHEMA,
  SEEN,
  SOURCE,
  STAMP,
  VALID_UNTIL_MS,
  VALUE,
  ZONE,
} from './observation-tags.ts';
import type { WireReader } from '../wire/wire-reader.ts';

const UINT32_MAX = 0xffff_ffff;
const KNOWN_FLAGS: ReadonlySet<string> = new Set<ReadingFlag>(['observed-at-missing', 'coarse-clock', 'unregistered']);

/** What stands in the message so far; its fields may come in any order. */
interface Fields {
  readingId: string;
  count: number;
  kind: number;
  clientId: string;
  flags: ReadingFlag[];
  assetId: string;
  assetType: string;
  zone: string;
  source: string;
  stamp: bigint;
  seen: Map<string, Context>;
  observedAtMs: number;
  receivedAtMs: number;
  position: Position | undefined;
  attestation: number;
  attributes: Map<string, AttributeValue | undefined>;
  schema: bigint;
  redrives: number;
  validUntilMs: number;
}

/** The observation in the message that `reader` has entered; `undefined` where a part that every one has is missing. */
export function readObservation(reader: WireReader): Observation | undefined {
  const fields: Fields = {
    readingId: '',
    count: 0,
    kind: 0,
    clientId: '',
    flags: [],
    assetId: '',
    assetType: '',
    zone: '',
    source: '',
    stamp: 0n,
    seen: new Map(),
    observedAtMs: 0,
    receivedAtMs: 0,
    position: undefined,
    attestation: 0,
    attributes: new Map(),
    schema: 0n,
    redrives: 0,
    validUntilMs: 0,
  };
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) readField(reader, tag, fields);
  return observationOf(fields);
}

function readField(reader: WireReader, tag: number, fields: Fields): void {
  switch (tag) {
    case READING_ID:
      fields.readingId = reader.text();
      break;
    case COUNT:
      fields.count = reader.varint();
      break;
    case KIND:
      fields.kind = reader.varint();
      break;
    case CLIENT_ID:
      fields.clientId = reader.name();
      break;
    case FLAGS: {
      const flag = reader.name();
      if (isFlag(flag)) fields.flags.push(flag);
      break;
    }
    case ASSET_ID:
      fields.assetId = reader.name();
      break;
    case ASSET_TYPE:
      fields.assetType = reader.name();
      break;
    case ZONE:
      fields.zone = reader.name();
      break;
    case SOURCE:
      fields.source = reader.name();
      break;
    case STAMP:
      fields.stamp = reader.fixed64();
      break;
    case SEEN:
      readSeen(reader, fields.seen);
      break;
    case OBSERVED_AT_MS:
      fields.observedAtMs = reader.varint();
      break;
    case RECEIVED_AT_MS:
      fields.receivedAtMs = reader.varint();
      break;
    case POSITION:
      fields.position = readPosition(reader);
      break;
    case ATTESTATION:
      fields.attestation = reader.varint();
      break;
    case ATTRIBUTES:
      readAttribute(reader, fields.attributes);
      break;
    case SCHEMA:
      fields.schema = reader.fixed64();
      break;
    case REDRIVES:
      fields.redrives = reader.varint();
      break;
    case VALID_UNTIL_MS:
      fields.validUntilMs = reader.varint();
      break;
    default:
      reader.skip(tag);
  }
}

function readSeen(reader: WireReader, seen: Map<string, Context>): void {
  let attribute = '';
  let context = new Map<string, bigint>();
  const end = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === ENTRY_KEY) attribute = reader.name();
    else if (tag === ENTRY_MESSAGE) context = readContext(reader);
    else reader.skip(tag);
  }
  reader.leave(end);
  seen.set(attribute, context);
}

function readContext(reader: WireReader): Map<string, bigint> {
  const context = new Map<string, bigint>();
  const end = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === CONTEXT_STAMPS) readStamp(reader, context);
    else reader.skip(tag);
  }
  reader.leave(end);
  return context;
}

function readStamp(reader: WireReader, context: Map<string, bigint>): void {
  let source = '';
  let stamp = 0n;
  const end = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === ENTRY_KEY) source = reader.name();
    else if (tag === ENTRY_FIXED64) stamp = reader.fixed64();
    else reader.skip(tag);
  }
  reader.leave(end);
  context.set(source, stamp);
}

function readPosition(reader: WireReader): Position {
  let longitude = 0;
  let latitude = 0;
  let altitude: number | undefined;
  const end = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === LONGITUDE) longitude = reader.double();
    else if (tag === LATITUDE) latitude = reader.double();
    else if (tag === ALTITUDE) altitude = reader.double();
    else reader.skip(tag);
  }
  reader.leave(end);
  return altitude === undefined ? { longitude, latitude } : { longitude, latitude, altitude };
}

function readAttribute(reader: WireReader, attributes: Map<string, AttributeValue | undefined>): void {
  let name = '';
  let value: AttributeValue | undefined;
  const end = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === ENTRY_KEY) name = reader.name();
    else if (tag === ENTRY_MESSAGE) value = readValue(reader);
    else reader.skip(tag);
  }
  reader.leave(end);
  attributes.set(name, value);
}

function readValue(reader: WireReader): AttributeValue | undefined {
  let value: AttributeValue | undefined;
  const end = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === VALUE.number) value = reader.double();
    else if (tag === VALUE.boolean) value = reader.varint() !== 0;
    else if (tag === VALUE.text) value = reader.text();
    else reader.skip(tag);
  }
  reader.leave(end);
  return value;
}

function observationOf(fields: Fields): Observation | undefined {
  const kind = KINDS[fields.kind];
  const attestation = ATTESTATIONS[fields.attestation];
  const { attributes, position, redrives, validUntilMs } = fields;
  if (!kind || !attestation || !isComplete(fields) || !areValues(attributes)) return undefined;
  // Member by member: a spread of them all would take as long as reading them did.
  const observation = {
    readingId: fields.readingId,
    count: fields.count,
    kind,
    clientId: fields.clientId,
    flags: fields.flags,
    assetId: fields.assetId,
    assetType: fields.assetType,
    zone: fields.zone,
    source: fields.source,
    stamp: fields.stamp,
    seen: fields.seen,
    observedAtMs: fields.observedAtMs,
    receivedAtMs: fields.receivedAtMs,
    attestation,
    attributes,
    schema: fields.schema,
  };
  if (redrives > 0) Object.assign(observation, { redrives });
  if (validUntilMs > 0) Object.assign(observation, { validUntilMs });
  return position ? Object.assign(observation, { position }) : observation;
}

function isComplete(fields: Fields): boolean {
  return (
    fields.readingId !== '' &&
    fields.assetId !== '' &&
    fields.assetType !== '' &&
    fields.zone !== '' &&
    fields.source !== '' &&
    fields.count <= UINT32_MAX &&
    fields.redrives <= UINT32_MAX &&
    Number.isSafeInteger(fields.observedAtMs) &&
    Number.isSafeInteger(fields.receivedAtMs) &&
    Number.isSafeInteger(fields.validUntilMs) &&
    (!fields.position || isFinitePosition(fields.position))
  );
}

/** The log is ours, but a number that no twin can hold must not reach the merge. */
function areValues(
  attributes: ReadonlyMap<string, AttributeValue | undefined>,
): attributes is ReadonlyMap<string, AttributeValue> {
  for (const value of attributes.values()) {
    if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return false;
  }
  return true;
}

function isFinitePosition({ longitude, latitude, altitude = 0 }: Position): boolean {
  return Number.isFinite(longitude) && Number.isFinite(latitude) && Number.isFinite(altitude);
}

function isFlag(flag: string): flag is ReadingFlag {
  return KNOWN_FLAGS.has(flag);
}
