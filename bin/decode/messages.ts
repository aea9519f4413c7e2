/** The protobuf messages that the platform speaks. */

import { type DescMessage, fromBinary, toJson } from '@bufbuild/protobuf';
import { DeltaMessageSchema } from '../../core/codec/generated/delta_pb.ts';
import { ObservationRecordSchema } from '../../core/codec/generated/observation_pb.ts';
import {
  AckSchema,
  ResyncRequestSchema,
  SyncConfigSchema,
  SyncFrameSchema,
} from '../../core/codec/generated/sync_pb.ts';
import { decodeObservationRecord } from '../../core/codec/observation-record.ts';
import { decodeDeltaMessage } from '../../core/delta/decode.ts';
import type { TwinDelta } from '../../core/delta/delta.ts';
import type { Refusal } from '../../core/reason.ts';
import type { CityConfig } from '../../core/schema/city-config.ts';
import { decodeAck, decodeConfig, decodeRequest } from '../../core/sync/decode-command.ts';
import { decodeFrame } from '../../core/sync/decode-frame.ts';
import type { FrameAttestation, FrameReading, SyncFrame } from '../../core/sync/frame.ts';
import { observedAtMsOf } from '../../core/twin/stamp.ts';
import { frameJson } from '../encode/frame-json.ts';
import type { Facts, Finding, Format, Item } from './finding.ts';
import { isoOf, itemOf, observationItem, positionField, unitField, UNSAID } from './readings.ts';
import { inspectWire } from './wire-fault.ts';

type Told = Pick<Finding, 'facts' | 'items' | 'content'>;

export interface MessageFormat {
  readonly format: Format;
  readonly schema: DescMessage;
  readonly tell: (bytes: Uint8Array, city: CityConfig) => Told | Refusal;
}

/** The likelier first, where bytes could be several of them. */
export const MESSAGES: readonly MessageFormat[] = [
  { format: 'sync-frame', schema: SyncFrameSchema, tell: tellFrame },
  { format: 'observation-record', schema: ObservationRecordSchema, tell: tellRecord },
  { format: 'delta-message', schema: DeltaMessageSchema, tell: tellDeltas },
  { format: 'ack', schema: AckSchema, tell: tellCommand(AckSchema, decodeAck) },
  { format: 'resync-request', schema: ResyncRequestSchema, tell: tellCommand(ResyncRequestSchema, decodeRequest) },
  { format: 'sync-config', schema: SyncConfigSchema, tell: tellCommand(SyncConfigSchema, decodeConfig) },
];

export function findMessage(bytes: Uint8Array, message: MessageFormat, city: CityConfig): Finding {
  const { format, schema, tell } = message;
  const told = tell(bytes, city);
  if (!('ok' in told)) return { format, bytes: bytes.length, ...told };
  const { fault } = inspectWire(schema, bytes);
  const { reason } = told;
  return {
    format,
    bytes: bytes.length,
    facts: {},
    items: [],
    fault: fault ? { reason, ...fault } : { reason, detail: told.detail },
  };
}

/**
 * Of the messages that bytes without a topic could be, those in which every field is known; where there is none, the one
 * that goes well the furthest. Undefined where no message goes well for a single field.
 */
export function guessMessage(bytes: Uint8Array, city: CityConfig): Finding | undefined {
  const inspected = MESSAGES.map((message) => ({ message, ...inspectWire(message.schema, bytes) }));
  const clean = inspected.filter(({ fault, unknownFields }) => !fault && unknownFields === 0);
  const findings = clean.map(({ message }) => findMessage(bytes, message, city)).filter(({ fault }) => !fault);
  const [first, ...others] = findings;
  if (first) return { ...first, ...(others.length > 0 && { alternatives: others.map(({ format }) => format) }) };
  const [furthest] = inspected
    .filter(({ unknownFields, fault }) => unknownFields === 0 && (fault?.offset ?? bytes.length) > 0)
    .sort((one, other) => (other.fault?.offset ?? bytes.length) - (one.fault?.offset ?? bytes.length));
  return furthest && findMessage(bytes, furthest.message, city);
}

function tellFrame(bytes: Uint8Array, city: CityConfig): Told | Refusal {
  const decoded = decodeFrame(bytes);
  if (!decoded.ok) return decoded;
  const { frame } = decoded;
  const readings = frame.kind === 'heartbeat' ? [] : frame.readings;
  return {
    facts: frameFacts(frame),
    items: readings.map((reading, index) => frameItem(reading, index, readings.length, frame.gateway, city)),
    content: frameJson(frame),
  };
}

function frameFacts(frame: SyncFrame): Facts {
  const { gateway, lane, kind, epoch, sequence, sentAtMs } = frame;
  const facts = { gateway, lane, kind, epoch, sequence, sentAt: isoOf(sentAtMs) };
  if (frame.kind !== 'heartbeat') return { ...facts, readings: frame.readings.length };
  const { root, assets, heldFrom, sums, listings } = frame.digest;
  return {
    ...facts,
    root: root.toString(16).padStart(16, '0'),
    assets,
    heldFrom,
    ...(sums && { sums: sums.length }),
    ...(listings && { listings: listings.size }),
  };
}

function frameItem(reading: FrameReading, place: number, count: number, gateway: string, city: CityConfig): Item {
  const { assetId, assetType, sensor, stamp, attributes, position, seen, attestation } = reading;
  const item = itemOf(
    {
      ok: true,
      kind: 'reading',
      assetId,
      assetType,
      zone: UNSAID,
      source: `${gateway}/${sensor}`,
      observedAtMs: observedAtMsOf(stamp),
      attributes: [...attributes].map(([name, value]) => ({ name, value })),
      ...(position && { position }),
      ...(seen.size > 0 && { seen }),
      flags: [],
      attestation: 'none',
      schema: 0n,
    },
    place,
    count,
    city,
  );
  const signed = attestation ? signatureFacts(attestation) : { signed: 'no' };
  return { ...item, facts: { ...item.facts, stamp: String(stamp), ...signed } };
}

/** That there is a signature, not that it is good: only the cloud knows who holds which key. */
function signatureFacts({ keyId, bootId, counter, gnssAtMs, signature }: FrameAttestation): Facts {
  const order = `boot ${bootId}, counter ${counter}`;
  return {
    signed: `by key ${keyId}, ${order}, ${signature.length} bytes, not verified here`,
    positionFixedAt: isoOf(gnssAtMs),
  };
}

function tellRecord(bytes: Uint8Array, city: CityConfig): Told | Refusal {
  const decoded = decodeObservationRecord(bytes);
  if (!decoded.ok) return decoded;
  const { observations } = decoded;
  return {
    facts: { observations: observations.length },
    items: observations.map((observation) => observationItem(observation, city)),
    content: toJson(ObservationRecordSchema, fromBinary(ObservationRecordSchema, bytes)),
  };
}

function tellDeltas(bytes: Uint8Array): Told | Refusal {
  const decoded = decodeDeltaMessage(bytes);
  if (!decoded.ok) return decoded;
  const { deltas, departures } = decoded;
  const gone = departures.map(({ assetId, version, to }) => ({
    title: `${assetId} leaves`,
    facts: { version, to: `${to.zone}/${to.tile}` },
    fields: [],
  }));
  return {
    facts: { twins: deltas.length, departures: departures.length },
    items: [...deltas.map(twinItem), ...gone],
    content: toJson(DeltaMessageSchema, fromBinary(DeltaMessageSchema, bytes)),
  };
}

function twinItem({ version, resolved, twin }: TwinDelta): Item {
  const { assetId, assetType, zone, resolvedAtMs, validUntilMs, attributes, position } = resolved;
  return {
    title: assetId,
    facts: {
      type: assetType,
      zone,
      version,
      resolvedAt: isoOf(resolvedAtMs),
      validUntil: validUntilMs === null ? 'the next reading' : isoOf(validUntilMs),
      siblings: twin ? 'there' : 'left out: too many for a message',
    },
    fields: [
      ...[...attributes].map(([name, { value, unit }]) => ({ name, value, ...unitField(unit) })),
      ...(position ? [positionField(position.value)] : []),
    ],
  };
}

/** Commands are small, and protobuf's own JSON says all of them. */
function tellCommand(
  schema: DescMessage,
  decode: (bytes: Uint8Array) => { readonly ok: true } | Refusal,
): MessageFormat['tell'] {
  return (bytes) => {
    const decoded = decode(bytes);
    if (!decoded.ok) return decoded;
    const content = toJson(schema, fromBinary(schema, bytes));
    const { format: _, ...said } = content as Readonly<Record<string, unknown>>;
    const facts = Object.entries(said).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    return { facts: Object.fromEntries(facts), items: [], content };
  };
}
