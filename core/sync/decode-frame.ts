import { fromBinary } from '@bufbuild/protobuf';
import {
  type FrameAttestation as WireAttestation,
  type Digest as WireDigest,
  type FramePosition as WirePosition,
  type FrameReading as WireReading,
  type FrameValue as WireValue,
  type Leaf as WireLeaf,
  FrameKind as WireKind,
  Lane as WireLane,
  type SeenDot,
  type SyncFrame as WireFrame,
  SyncFrameSchema,
} from '../codec/generated/sync_pb.ts';
import type { AttributeValue, Position } from '../observation.ts';
import { refuse, type Refusal } from '../reason.ts';
import { POSITION } from '../schema/names.ts';
import { BUCKETS } from './digest.ts';
import { SYNC_FORMAT } from './encode-frame.ts';
import type { DigestReport, FrameAttestation, FrameReading, Lane, Leaf, SyncFrame } from './frame.ts';
import { DEGREE_STEPS, HDOP_STEPS, METRE_STEPS } from './place.ts';
import { DECIMALS_MAX } from './scaled.ts';

export interface DecodedFrame {
  readonly ok: true;
  readonly frame: SyncFrame;
}

export const LANES: Readonly<Record<WireLane, Lane | undefined>> = {
  [WireLane.UNSPECIFIED]: undefined,
  [WireLane.BULK]: 'bulk',
  [WireLane.CRITICAL]: 'critical',
};

/**
 * What a frame says: `unknown-schema` for another format, `malformed` for what is no frame. Names and values are as they
 * were sent.
 */
export function decodeFrame(bytes: Uint8Array): DecodedFrame | Refusal {
  try {
    const wire = fromBinary(SyncFrameSchema, bytes);
    if (wire.format !== SYNC_FORMAT) {
      return refuse('unknown-schema', `a frame of format ${wire.format}, expected ${SYNC_FORMAT}`);
    }
    return { ok: true, frame: frameOf(wire) };
  } catch (error) {
    return refuse('malformed', `not a sync frame: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
}

/** Thrown within the decoders only: protobuf that is no frame and no command. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

function frameOf(wire: WireFrame): SyncFrame {
  const lane = LANES[wire.lane];
  if (!lane) throw new FrameError(`lane: got ${wire.lane}, expected 1 or 2`);
  const header = {
    gateway: wire.gateway,
    lane,
    epoch: whole('epoch', wire.epoch),
    sequence: whole('sequence', wire.sequence),
    sentAtMs: whole('sent_at_ms', wire.sentAtMs),
  };
  if (wire.kind === WireKind.HEARTBEAT) {
    if (!wire.digest) throw new FrameError('a heartbeat without a digest');
    return { ...header, kind: 'heartbeat', digest: digestOf(wire.digest) };
  }
  if (wire.kind !== WireKind.DELTA && wire.kind !== WireKind.SNAPSHOT) {
    throw new FrameError(`kind: got ${wire.kind}, expected 1, 2 or 3`);
  }
  const readings = wire.twins.flatMap(({ assetId, assetType, readings }) =>
    readings.map((reading) => ({
      assetId,
      assetType: at(wire.assetTypes, assetType, 'asset type'),
      ...readingOf(reading, assetId, wire),
    })),
  );
  if (readings.length === 0) throw new FrameError('a frame of readings without any');
  return { ...header, kind: wire.kind === WireKind.DELTA ? 'delta' : 'snapshot', readings };
}

function readingOf(
  { sensor, stamp, stampOffset, values, position, positionSeen, attestation }: WireReading,
  assetId: string,
  wire: WireFrame,
): Omit<FrameReading, 'assetId' | 'assetType'> {
  const attributes = new Map<string, AttributeValue>();
  const seen = new Map<string, ReadonlyMap<string, bigint>>();
  for (const each of values) {
    const attribute = at(wire.attributes, each.attribute, 'attribute');
    if (attributes.has(attribute.name)) throw new FrameError('an attribute stands twice in a reading');
    attributes.set(attribute.name, valueOf(each, attribute.decimals));
    if (each.seen.length > 0) seen.set(attribute.name, seenOf(each.seen, assetId, wire));
  }
  if (positionSeen.length > 0) seen.set(POSITION, seenOf(positionSeen, assetId, wire));
  if (attributes.size === 0 && !position) throw new FrameError('a reading without an attribute or a position');
  return {
    sensor: sensorOf(sensor, assetId, wire),
    stamp: stamp === 0n ? nearStampOf(wire.baseStamp, stampOffset) : stamp,
    attributes,
    ...(position && { position: positionOf(position) }),
    seen,
    ...(attestation && { attestation: attestationOf(attestation) }),
  };
}

const STAMP_MAX = 2n ** 64n - 1n;

function nearStampOf(baseStamp: bigint | undefined, offset: bigint): bigint {
  if (baseStamp === undefined) throw new FrameError('a reading without a stamp, and no base that it counts from');
  const stamp = baseStamp + offset;
  if (stamp > STAMP_MAX) throw new FrameError(`a stamp of ${stamp}, expected at most ${STAMP_MAX}`);
  return stamp;
}

/** Of whatever length hash and signature are: one that is no good costs its own reading only. */
function attestationOf(wire: WireAttestation): FrameAttestation {
  const { keyId, bootId, counter, hdopHundredths, satellites, previousHash, signature } = wire;
  return {
    keyId,
    bootId,
    counter,
    gnssAtMs: whole('gnss_at_ms', wire.gnssAtMs),
    ...(hdopHundredths !== undefined && { hdop: hdopHundredths / HDOP_STEPS }),
    ...(satellites !== undefined && { satellites }),
    previousHash,
    signature,
  };
}

function valueOf({ value }: WireValue, decimals: number): AttributeValue {
  if (value.case === undefined) throw new FrameError('a value that is missing');
  if (value.case !== 'scaled') return value.value;
  if (decimals > DECIMALS_MAX) throw new FrameError(`decimals: got ${decimals}, expected at most ${DECIMALS_MAX}`);
  return whole('scaled', value.value) / 10 ** decimals;
}

function positionOf({ longitude, latitude, altitude }: WirePosition): Position {
  return {
    longitude: whole('longitude', longitude) / DEGREE_STEPS,
    latitude: whole('latitude', latitude) / DEGREE_STEPS,
    ...(altitude !== undefined && { altitude: whole('altitude', altitude) / METRE_STEPS }),
  };
}

function seenOf(dots: readonly SeenDot[], assetId: string, wire: WireFrame): ReadonlyMap<string, bigint> {
  return new Map(dots.map(({ sensor, stamp }) => [sensorOf(sensor, assetId, wire), stamp]));
}

function sensorOf(sensor: number, assetId: string, { sensors }: WireFrame): string {
  return sensor === 0 ? assetId : at(sensors, sensor - 1, 'sensor');
}

function digestOf({ root, assets, heldFrom, sums, listings }: WireDigest): DigestReport {
  if (sums.length > 0 && sums.length !== BUCKETS) throw new FrameError(`got ${sums.length} sums, expected ${BUCKETS}`);
  return {
    root,
    assets,
    heldFrom: whole('held_from', heldFrom),
    ...(sums.length > 0 && { sums }),
    ...(listings.length > 0 && {
      listings: new Map(listings.map(({ bucket, leaves }) => [bucket, leaves.map(leafOf)])),
    }),
  };
}

/** Without what protobuf keeps beside the fields. */
export function leafOf({ assetId, attribute, sensor, stamp }: WireLeaf): Leaf {
  return { assetId, attribute, sensor, stamp };
}

function at<T>(list: readonly T[], place: number, what: string): T {
  const item = list[place];
  if (item === undefined) throw new FrameError(`no ${what} stands at place ${place} of ${list.length}`);
  return item;
}

/** A double holds no other whole numbers exactly. */
export function whole(what: string, value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new FrameError(`${what}: ${value} is beyond 2⁵³`);
  return number;
}
