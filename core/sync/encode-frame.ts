import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  FrameKind as WireKind,
  Lane as WireLane,
  type DigestSchema,
  SyncFrameSchema,
} from '../codec/generated/sync_pb.ts';
import { writeText, writeVarint } from '../codec/write-value.ts';
import { WireWriter } from '../wire/wire-writer.ts';
import type { DigestReport, Heartbeat, Lane, SyncFrame } from './frame.ts';
import { FRAME } from './frame-tags.ts';
import { writeReadings } from './write-readings.ts';

/** Of `SyncFrame` and of what answers it. */
export const SYNC_FORMAT = 1;

export const WIRE_LANES: Readonly<Record<Lane, WireLane>> = { bulk: WireLane.BULK, critical: WireLane.CRITICAL };
const WIRE_KINDS: Readonly<Record<SyncFrame['kind'], WireKind>> = {
  delta: WireKind.DELTA,
  snapshot: WireKind.SNAPSHOT,
  heartbeat: WireKind.HEARTBEAT,
};

const writer = new WireWriter();

/** A frame as `schemas/sync.proto` has it. Positions lose what is finer than 10⁻⁷ degrees and a centimetre. */
export function encodeFrame(frame: SyncFrame): Uint8Array {
  if (frame.kind === 'heartbeat') return encodeHeartbeat(frame);
  const { gateway, lane, epoch, sequence, sentAtMs, kind, readings } = frame;
  writer.reset();
  writer.varint(FRAME.format, SYNC_FORMAT);
  writeText(writer, FRAME.gateway, gateway);
  writer.varint(FRAME.lane, WIRE_LANES[lane]);
  writeVarint(writer, FRAME.epoch, epoch);
  writeVarint(writer, FRAME.sequence, sequence);
  writeVarint(writer, FRAME.sentAtMs, sentAtMs);
  writer.varint(FRAME.kind, WIRE_KINDS[kind]);
  writeReadings(writer, readings);
  return writer.finish();
}

function encodeHeartbeat({ gateway, lane, epoch, sequence, sentAtMs, kind, digest }: Heartbeat): Uint8Array {
  const fields = {
    format: SYNC_FORMAT,
    gateway,
    lane: WIRE_LANES[lane],
    epoch: BigInt(epoch),
    sequence: BigInt(sequence),
    sentAtMs: BigInt(sentAtMs),
    kind: WIRE_KINDS[kind],
    digest: digestOf(digest),
  };
  return toBinary(SyncFrameSchema, create(SyncFrameSchema, fields));
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
