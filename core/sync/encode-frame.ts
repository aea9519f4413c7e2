import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import {
  FrameKind as WireKind,
  Lane as WireLane,
  type DigestSchema,
  type FramePositionSchema,
  type FrameReadingSchema,
  type FrameValueSchema,
  SyncFrameSchema,
} from '../codec/generated/sync_pb.ts';
import type { AttributeValue, Position } from '../observation.ts';
import { POSITION } from '../schema/names.ts';
import type { DigestReport, FrameReading, Lane, SyncFrame } from './frame.ts';
import { decimalsOf } from './scaled.ts';

/** Of `SyncFrame` and of what answers it. */
export const SYNC_FORMAT = 1;
/** Of a degree, and of a metre. */
export const DEGREE_STEPS = 1e7;
export const METRE_STEPS = 100;

export const WIRE_LANES: Readonly<Record<Lane, WireLane>> = { bulk: WireLane.BULK, critical: WireLane.CRITICAL };
const WIRE_KINDS: Readonly<Record<SyncFrame['kind'], WireKind>> = {
  delta: WireKind.DELTA,
  snapshot: WireKind.SNAPSHOT,
  heartbeat: WireKind.HEARTBEAT,
};

/** A frame as `schemas/sync.proto` has it. Positions lose what is finer than 10⁻⁷ degrees and a centimetre. */
export function encodeFrame(frame: SyncFrame): Uint8Array {
  const { gateway, lane, epoch, sequence, sentAtMs, kind } = frame;
  const header = {
    format: SYNC_FORMAT,
    gateway,
    lane: WIRE_LANES[lane],
    epoch: BigInt(epoch),
    sequence: BigInt(sequence),
    sentAtMs: BigInt(sentAtMs),
    kind: WIRE_KINDS[kind],
  };
  const content = frame.kind === 'heartbeat' ? { digest: digestOf(frame.digest) } : readingsOf(frame.readings);
  return toBinary(SyncFrameSchema, create(SyncFrameSchema, { ...header, ...content }));
}

/** Names that are written once a frame, in the order in which they first stand in it. */
interface Tables {
  readonly assetTypes: Map<string, number>;
  readonly sensors: Map<string, number>;
  readonly attributes: Map<string, number>;
  /** By place in `attributes`. */
  readonly decimals: number[];
}

function readingsOf(readings: readonly FrameReading[]): MessageInitShape<typeof SyncFrameSchema> {
  const tables: Tables = { assetTypes: new Map(), sensors: new Map(), attributes: new Map(), decimals: [] };
  // The decimals of an attribute are those of its longest value, so all values are looked at before one is written.
  for (const { attributes } of readings) {
    for (const [name, value] of attributes) {
      const place = placeOf(tables.attributes, name);
      const decimals = typeof value === 'number' ? (decimalsOf(value) ?? 0) : 0;
      tables.decimals[place] = Math.max(tables.decimals[place] ?? 0, decimals);
    }
  }
  const twins: { assetId: string; assetType: number; readings: WireReading[] }[] = [];
  for (const reading of readings) {
    const { assetId } = reading;
    const assetType = placeOf(tables.assetTypes, reading.assetType);
    const last = twins.at(-1);
    if (last?.assetId === assetId && last.assetType === assetType) last.readings.push(wireReading(reading, tables));
    else twins.push({ assetId, assetType, readings: [wireReading(reading, tables)] });
  }
  const attributes = [...tables.attributes].map(([name, place]) => ({ name, decimals: tables.decimals[place] ?? 0 }));
  return { assetTypes: [...tables.assetTypes.keys()], sensors: [...tables.sensors.keys()], attributes, twins };
}

type WireReading = MessageInitShape<typeof FrameReadingSchema>;
type WireValue = NonNullable<MessageInitShape<typeof FrameValueSchema>['value']>;

function wireReading(reading: FrameReading, tables: Tables): WireReading {
  const { assetId, sensor, stamp, attributes, position, seen } = reading;
  const values = [...attributes].map(([name, value]): MessageInitShape<typeof FrameValueSchema> => {
    const attribute = placeOf(tables.attributes, name);
    return {
      attribute,
      value: wireValue(value, tables.decimals[attribute] ?? 0),
      seen: seenOf(seen.get(name), assetId, tables),
    };
  });
  return {
    sensor: sensorOf(sensor, assetId, tables),
    stamp,
    values,
    ...(position && { position: wirePosition(position) }),
    positionSeen: seenOf(seen.get(POSITION), assetId, tables),
  };
}

function wireValue(value: AttributeValue, decimals: number): WireValue {
  if (typeof value === 'boolean') return { case: 'boolean', value };
  if (typeof value === 'string') return { case: 'text', value };
  const scaled = Math.round(value * 10 ** decimals);
  // A bigint knows no −0.
  const isExact = Number.isSafeInteger(scaled) && scaled / 10 ** decimals === value && !Object.is(value, -0);
  return isExact ? { case: 'scaled', value: BigInt(scaled) } : { case: 'number', value };
}

function wirePosition({ longitude, latitude, altitude }: Position): MessageInitShape<typeof FramePositionSchema> {
  return {
    longitude: BigInt(Math.round(longitude * DEGREE_STEPS)),
    latitude: BigInt(Math.round(latitude * DEGREE_STEPS)),
    ...(altitude !== undefined && { altitude: BigInt(Math.round(altitude * METRE_STEPS)) }),
  };
}

function seenOf(seen: ReadonlyMap<string, bigint> | undefined, assetId: string, tables: Tables) {
  return [...(seen ?? [])].map(([sensor, stamp]) => ({ sensor: sensorOf(sensor, assetId, tables), stamp }));
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

function digestOf({ root, assets, heldFrom, sums, listings }: DigestReport): MessageInitShape<typeof DigestSchema> {
  return {
    root,
    assets,
    heldFrom: BigInt(heldFrom),
    sums: sums ? [...sums] : [],
    listings: [...(listings ?? [])].map(([bucket, leaves]) => ({
      bucket,
      leaves: leaves.map((leaf) => ({ ...leaf })),
    })),
  };
}
