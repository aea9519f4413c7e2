import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { FrameAttestationSchema } from '../codec/generated/sync_pb.ts';
import { writeFixed64, writeText, writeVarint } from '../codec/write-value.ts';
import type { AttributeValue, Position } from '../observation.ts';
import { POSITION } from '../schema/names.ts';
import { WireWriter } from '../wire/wire-writer.ts';
import type { FrameAttestation, FrameReading } from './frame.ts';
import { ATTRIBUTE, FRAME, PLACE, READING, SEEN_DOT, TWIN, VALUE } from './frame-tags.ts';
import { DEGREE_STEPS, HDOP_STEPS, METRE_STEPS } from './place.ts';
import { decimalsOf } from './scaled.ts';

/** Beyond it, what is doubled for its sign would be no whole number any more. */
const SCALED_MAX = 2 ** 52;

/** From here on an offset takes as many bytes as the stamp itself: some six days. */
const OFFSET_END = 2n ** 49n;

/** Names that are written once a frame, in the order in which they first stand in it. */
interface Tables {
  readonly assetTypes: Map<string, number>;
  readonly sensors: Map<string, number>;
  readonly attributes: Map<string, number>;
  /** By place in `attributes`. */
  readonly decimals: number[];
  /** From which the readings' stamps are counted. */
  readonly baseStamp: bigint;
}

/** What is written first and stands last: names are known when all of it is written. */
const twins = new WireWriter();

/** The last fields of a frame. By hand, because a gateway has better things to do: in a quarter of the generated code's time. */
export function writeReadings(writer: WireWriter, readings: readonly FrameReading[]): void {
  const tables: Tables = {
    assetTypes: new Map(),
    sensors: new Map(),
    attributes: new Map(),
    decimals: [],
    baseStamp: leastStampOf(readings),
  };
  // The decimals of an attribute are those of its longest value, so all values are looked at before one is written.
  for (const { attributes } of readings) {
    for (const [name, value] of attributes) {
      const place = placeOf(tables.attributes, name);
      const decimals = typeof value === 'number' ? (decimalsOf(value) ?? 0) : 0;
      tables.decimals[place] = Math.max(tables.decimals[place] ?? 0, decimals);
    }
  }
  twins.reset();
  let start = 0;
  let last: FrameReading | undefined;
  for (const reading of readings) {
    if (last?.assetId !== reading.assetId || last.assetType !== reading.assetType) {
      if (last) twins.close(start);
      start = twins.open(FRAME.twins);
      writeText(twins, TWIN.assetId, reading.assetId);
      writeVarint(twins, TWIN.assetType, placeOf(tables.assetTypes, reading.assetType));
      last = reading;
    }
    writeReading(reading, tables);
  }
  if (last) twins.close(start);

  for (const name of tables.assetTypes.keys()) writer.text(FRAME.assetTypes, name);
  for (const name of tables.sensors.keys()) writer.text(FRAME.sensors, name);
  for (const [name, place] of tables.attributes) {
    const attribute = writer.open(FRAME.attributes);
    writeText(writer, ATTRIBUTE.name, name);
    writeVarint(writer, ATTRIBUTE.decimals, tables.decimals[place] ?? 0);
    writer.close(attribute);
  }
  writer.raw(twins.written());
  writer.fixed64(FRAME.baseStamp, tables.baseStamp);
}

function leastStampOf(readings: readonly FrameReading[]): bigint {
  let least = readings[0]?.stamp ?? 0n;
  for (const { stamp } of readings) if (stamp < least) least = stamp;
  return least;
}

function writeReading(reading: FrameReading, tables: Tables): void {
  const { assetId, sensor, stamp, attributes, position, seen, attestation } = reading;
  const start = twins.open(TWIN.readings);
  writeVarint(twins, READING.sensor, sensorOf(sensor, assetId, tables));
  const offset = stamp - tables.baseStamp;
  const isNear = offset < OFFSET_END;
  if (!isNear) twins.fixed64(READING.stamp, stamp);
  for (const [name, value] of attributes) {
    const place = placeOf(tables.attributes, name);
    const field = twins.open(READING.values);
    writeVarint(twins, VALUE.attribute, place);
    writeScalar(value, tables.decimals[place] ?? 0);
    writeSeen(VALUE.seen, seen.get(name), assetId, tables);
    twins.close(field);
  }
  if (position) writePlace(position);
  writeSeen(READING.positionSeen, seen.get(POSITION), assetId, tables);
  if (attestation) twins.bytes(READING.attestation, attestationBytes(attestation));
  if (isNear) writeVarint(twins, READING.stampOffset, Number(offset));
  twins.close(start);
}

/** One of four fields, whatever it holds: which one it is says the kind. */
function writeScalar(value: AttributeValue, decimals: number): void {
  if (typeof value === 'boolean') {
    twins.varint(VALUE.boolean, Number(value));
  } else if (typeof value === 'string') {
    twins.text(VALUE.text, value);
  } else {
    const scale = 10 ** decimals;
    const scaled = Math.round(value * scale);
    // Whole numbers know no −0.
    const isExact = Math.abs(scaled) <= SCALED_MAX && scaled / scale === value && !Object.is(value, -0);
    if (isExact) twins.varint(VALUE.scaled, zigzag(scaled));
    else twins.double(VALUE.number, value);
  }
}

function writePlace({ longitude, latitude, altitude }: Position): void {
  const start = twins.open(READING.position);
  writeVarint(twins, PLACE.longitude, zigzag(Math.round(longitude * DEGREE_STEPS)));
  writeVarint(twins, PLACE.latitude, zigzag(Math.round(latitude * DEGREE_STEPS)));
  if (altitude !== undefined) twins.varint(PLACE.altitude, zigzag(Math.round(altitude * METRE_STEPS)));
  twins.close(start);
}

function writeSeen(tag: number, seen: ReadonlyMap<string, bigint> | undefined, assetId: string, tables: Tables): void {
  for (const [sensor, stamp] of seen ?? []) {
    const start = twins.open(tag);
    writeVarint(twins, SEEN_DOT.sensor, sensorOf(sensor, assetId, tables));
    writeFixed64(twins, SEEN_DOT.stamp, stamp);
    twins.close(start);
  }
}

function attestationBytes({ gnssAtMs, hdop, satellites, ...signed }: FrameAttestation): Uint8Array {
  const fields: MessageInitShape<typeof FrameAttestationSchema> = {
    ...signed,
    gnssAtMs: BigInt(gnssAtMs),
    ...(hdop !== undefined && { hdopHundredths: Math.round(hdop * HDOP_STEPS) }),
    ...(satellites !== undefined && { satellites }),
  };
  return toBinary(FrameAttestationSchema, create(FrameAttestationSchema, fields));
}

/** A signed number as protobuf's `sint64` has it: 0, −1, 1, −2, … are 0, 1, 2, 3, … */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

/** An asset with one sensor often shares its name. */
function sensorOf(sensor: string, assetId: string, { sensors }: Tables): number {
  return sensor === assetId ? 0 : placeOf(sensors, sensor) + 1;
}

function placeOf(places: Map<string, number>, name: string): number {
  const known = places.get(name);
  if (known !== undefined) return known;
  places.set(name, places.size);
  return places.size - 1;
}
