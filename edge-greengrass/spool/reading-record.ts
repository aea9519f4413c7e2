import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import type { AttributeValue, Position } from '../../core/observation.ts';
import { refuse, type Refusal } from '../../core/reason.ts';
import { DEGREE_STEPS, METRE_STEPS } from '../../core/sync/place.ts';
import type { FrameAttestation, FrameReading } from '../../core/sync/frame.ts';
import { decimalsOf } from '../../core/sync/scaled.ts';

/** The first byte. An older reader refuses what it does not know. */
const READING_FORMAT = 1;

const HAS_POSITION = 1;
const HAS_ALTITUDE = 2;
const HAS_SEEN = 4;
const HAS_ATTESTATION = 8;
const HAS_HDOP = 16;
const HAS_SATELLITES = 32;
const FLAGS_MAX = 63;

/** What follows the name of an attribute: from 4 on, a whole number of units of 10 to the power of 4 less. */
const FALSE = 0;
const TRUE = 1;
const TEXT = 2;
const DOUBLE = 3;
const SCALED = 4;
const DECIMALS_MAX = 6;

export type DecodedReading = { readonly ok: true; readonly reading: FrameReading } | Refusal;

/**
 * A reading as the spool keeps it: format, flags, names, stamp, values, then what the flags announce, all in protobuf's
 * encodings without its tags. Values are exact; positions are as frames carry them.
 */
export function encodeReading(reading: FrameReading): Uint8Array {
  const { assetId, assetType, sensor, stamp, attributes, position, seen, attestation } = reading;
  const writer = new BinaryWriter();
  writer.uint32(READING_FORMAT).uint32(flagsOf(reading));
  writer.string(assetId).string(assetType).string(sensor).fixed64(stamp).uint32(attributes.size);
  for (const [name, value] of attributes) {
    writer.string(name);
    writeValue(writer, value);
  }
  if (position) {
    writer.sint64(steps(position.longitude, DEGREE_STEPS)).sint64(steps(position.latitude, DEGREE_STEPS));
    if (position.altitude !== undefined) writer.sint64(steps(position.altitude, METRE_STEPS));
  }
  if (seen.size > 0) writeSeen(writer, seen);
  if (attestation) writeAttestation(writer, attestation);
  return writer.finish();
}

/** `unknown-schema` for another format, `malformed` for what ends early, goes on, or is no reading. */
export function decodeReading(bytes: Uint8Array): DecodedReading {
  try {
    const reader = new BinaryReader(bytes);
    const format = reader.uint32();
    if (format !== READING_FORMAT) {
      return refuse('unknown-schema', `a spooled reading of format ${format}, expected ${READING_FORMAT}`);
    }
    const reading = readReading(reader);
    if (reader.pos === bytes.length) return { ok: true, reading };
    return refuse('malformed', `a spooled reading with ${bytes.length - reader.pos} bytes behind it`);
  } catch (error) {
    return refuse('malformed', `no spooled reading: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
}

function flagsOf({ position, seen, attestation }: FrameReading): number {
  return (
    (position ? HAS_POSITION : 0) |
    (position?.altitude === undefined ? 0 : HAS_ALTITUDE) |
    (seen.size > 0 ? HAS_SEEN : 0) |
    (attestation ? HAS_ATTESTATION : 0) |
    (attestation?.hdop === undefined ? 0 : HAS_HDOP) |
    (attestation?.satellites === undefined ? 0 : HAS_SATELLITES)
  );
}

function writeValue(writer: BinaryWriter, value: AttributeValue): void {
  if (typeof value === 'boolean') {
    writer.uint32(value ? TRUE : FALSE);
  } else if (typeof value === 'string') {
    writer.uint32(TEXT).string(value);
  } else {
    const decimals = decimalsOf(value);
    if (decimals === undefined) writer.uint32(DOUBLE).double(value);
    else writer.uint32(SCALED + decimals).sint64(steps(value, 10 ** decimals));
  }
}

function writeSeen(writer: BinaryWriter, seen: FrameReading['seen']): void {
  writer.uint32(seen.size);
  for (const [register, dots] of seen) {
    writer.string(register).uint32(dots.size);
    for (const [sensor, stamp] of dots) writer.string(sensor).fixed64(stamp);
  }
}

function writeAttestation(writer: BinaryWriter, attestation: FrameAttestation): void {
  const { keyId, bootId, counter, gnssAtMs, hdop, satellites, previousHash, signature } = attestation;
  writer.string(keyId).fixed64(bootId).uint64(counter).uint64(gnssAtMs);
  if (hdop !== undefined) writer.double(hdop);
  if (satellites !== undefined) writer.uint32(satellites);
  writer.bytes(previousHash).bytes(signature);
}

function readReading(reader: BinaryReader): FrameReading {
  const flags = reader.uint32();
  if (flags > FLAGS_MAX) throw new RangeError(`flags ${flags}, expected at most ${FLAGS_MAX}`);
  const [assetId, assetType, sensor] = [reader.string(), reader.string(), reader.string()];
  const stamp = BigInt(reader.fixed64());
  const attributes = new Map<string, AttributeValue>();
  for (let count = reader.uint32(); count > 0; count -= 1) attributes.set(reader.string(), readValue(reader));
  const position = flags & HAS_POSITION ? readPosition(reader, flags) : undefined;
  const seen = flags & HAS_SEEN ? readSeen(reader) : new Map<string, ReadonlyMap<string, bigint>>();
  const attestation = flags & HAS_ATTESTATION ? readAttestation(reader, flags) : undefined;
  return {
    assetId,
    assetType,
    sensor,
    stamp,
    attributes,
    ...(position && { position }),
    seen,
    ...(attestation && { attestation }),
  };
}

function readValue(reader: BinaryReader): AttributeValue {
  const kind = reader.uint32();
  if (kind === FALSE || kind === TRUE) return kind === TRUE;
  if (kind === TEXT) return reader.string();
  if (kind === DOUBLE) return reader.double();
  if (kind > SCALED + DECIMALS_MAX) throw new RangeError(`a value of the kind ${kind}`);
  return Number(reader.sint64()) / 10 ** (kind - SCALED);
}

function readPosition(reader: BinaryReader, flags: number): Position {
  const longitude = Number(reader.sint64()) / DEGREE_STEPS;
  const latitude = Number(reader.sint64()) / DEGREE_STEPS;
  if (!(flags & HAS_ALTITUDE)) return { longitude, latitude };
  return { longitude, latitude, altitude: Number(reader.sint64()) / METRE_STEPS };
}

function readSeen(reader: BinaryReader): FrameReading['seen'] {
  const seen = new Map<string, ReadonlyMap<string, bigint>>();
  for (let count = reader.uint32(); count > 0; count -= 1) {
    const register = reader.string();
    const dots = new Map<string, bigint>();
    for (let rest = reader.uint32(); rest > 0; rest -= 1) dots.set(reader.string(), BigInt(reader.fixed64()));
    seen.set(register, dots);
  }
  return seen;
}

function readAttestation(reader: BinaryReader, flags: number): FrameAttestation {
  const [keyId, bootId] = [reader.string(), BigInt(reader.fixed64())];
  const [counter, gnssAtMs] = [BigInt(reader.uint64()), Number(reader.uint64())];
  return {
    keyId,
    bootId,
    counter,
    gnssAtMs,
    ...(flags & HAS_HDOP && { hdop: reader.double() }),
    ...(flags & HAS_SATELLITES && { satellites: reader.uint32() }),
    previousHash: reader.bytes(),
    signature: reader.bytes(),
  };
}

function steps(value: number, stepsPerUnit: number): bigint {
  return BigInt(Math.round(value * stepsPerUnit));
}
