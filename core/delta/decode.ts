import { fromBinary } from '@bufbuild/protobuf';
import {
  type Attribute as WireAttribute,
  type Calibration as WireCalibration,
  type Departure as WireDeparture,
  DeltaMessageSchema,
  Quality as WireQuality,
  type ResolvedPosition as WirePosition,
  type ResolvedValue as WireValue,
  type Review as WireReview,
  type Sibling as WireSibling,
  type TwinDelta as WireDelta,
} from '../codec/generated/delta_pb.ts';
import type { Position as WireCoordinates, Value as WireScalar } from '../codec/generated/observation_pb.ts';
import type { AttributeValue, Position, ReadingFlag } from '../observation.ts';
import { type Refusal, refuse } from '../reason.ts';
import { POSITION } from '../schema/names.ts';
import type { Calibration, Evidence, Review } from '../twin/evidence.ts';
import type { ResolvedAttribute, ResolvedPosition, ResolvedTwin } from '../twin/resolve.ts';
import { DATE_MAX_MS } from '../twin/twin-json.ts';
import type { Entry, Register, Twin } from '../twin/twin.ts';
import type { Quality, ResolvedFlag } from '../twin/weigh.ts';
import type { Departure, TwinDelta } from './delta.ts';
import { DELTA_FORMAT } from './delta-tags.ts';

export interface DecodedDeltas {
  readonly ok: true;
  readonly deltas: readonly TwinDelta[];
  readonly departures: readonly Departure[];
}

const QUALITIES: Readonly<Record<WireQuality, Quality | undefined>> = {
  [WireQuality.UNSPECIFIED]: undefined,
  [WireQuality.GOOD]: 'good',
  [WireQuality.UNCERTAIN]: 'uncertain',
  [WireQuality.STALE]: 'stale',
};

const READING_FLAGS: ReadonlySet<string> = new Set<ReadingFlag>([
  'observed-at-missing',
  'coarse-clock',
  'unregistered',
]);
const REMARKS: ReadonlySet<string> = new Set<Exclude<ResolvedFlag, ReadingFlag>>([
  'calibrate',
  'decided',
  'disagreeing',
  'fail-safe',
  'undeclared',
  'kind-mismatch',
]);

/**
 * What a message on a delta topic says. `unknown-schema` for another format, `malformed` for what is no message or
 * lacks what every delta has. Flags of a later version are dropped.
 */
export function decodeDeltaMessage(bytes: Uint8Array): DecodedDeltas | Refusal {
  try {
    const { format, deltas, departures } = fromBinary(DeltaMessageSchema, bytes);
    if (format !== DELTA_FORMAT)
      return refuse('unknown-schema', `deltas of format ${format}, expected ${DELTA_FORMAT}`);
    return { ok: true, deltas: deltas.map(deltaOf), departures: departures.map(departureOf) };
  } catch (error) {
    return refuse('malformed', `not a message of deltas: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
}

function departureOf({ assetId, version, resolvedAtMs, zone, tile }: WireDeparture): Departure {
  return {
    assetId: present(assetId || undefined, 'asset of a departure'),
    version: Number(version),
    resolvedAtMs: instantOf(resolvedAtMs),
    to: { zone, tile },
  };
}

function deltaOf(wire: WireDelta): TwinDelta {
  const identity = {
    assetId: present(wire.assetId || undefined, 'asset of a delta'),
    assetType: wire.assetType,
    zone: wire.zone,
    registered: wire.registered,
  };
  const resolved: ResolvedTwin = {
    ...identity,
    attributes: new Map(
      wire.attributes.flatMap(({ name, resolved: value }) =>
        value ? [[name, resolvedOf(value, wire.sources)] as const] : [],
      ),
    ),
    ...(wire.position && { position: resolvedPositionOf(wire.position, wire.sources) }),
    resolvedAtMs: instantOf(wire.resolvedAtMs),
    validUntilMs: numberOrNull(wire.validUntilMs),
  };
  const version = Number(wire.version);
  if (wire.abridged) return { version, resolved };
  const evidence = evidenceOf(wire);
  return { version, resolved, twin: { ...identity, ...statesOf(wire) }, ...(evidence && { evidence }) };
}

function evidenceOf({ attributes, sources }: WireDelta): Evidence | undefined {
  const calibrations = new Map<string, Calibration>();
  const reviews = new Map<string, Review>();
  for (const { name, calibration, review } of attributes) {
    if (calibration) calibrations.set(name, calibrationOf(calibration, sources));
    if (review) reviews.set(name, reviewOf(review));
  }
  return calibrations.size + reviews.size > 0 ? { calibrations, reviews } : undefined;
}

function calibrationOf(wire: WireCalibration, sources: readonly string[]): Calibration {
  const entries = wire.sources.map(({ source, bias, sigma, usual }) => {
    const errors = { bias, sigma, ...(usual && { usual: { level: usual.level, spread: usual.spread } }) };
    return [sourceAt(sources, source), errors] as const;
  });
  return { version: wire.version, sources: new Map(entries) };
}

function reviewOf({ id, onsetMs, openedAtMs }: WireReview): Review {
  return { id, onsetMs: Number(onsetMs), ...(openedAtMs !== undefined && { openedAtMs: Number(openedAtMs) }) };
}

function statesOf({ sources, attributes, positionSiblings }: WireDelta): Pick<Twin, 'registers' | 'floors'> {
  const registers = new Map<string, Register>();
  const enter = (name: string, siblings: WireAttribute['siblings']): void => {
    if (siblings.length > 0) registers.set(name, new Map(siblings.map((sibling) => entryOf(sibling, sources))));
  };
  for (const { name, siblings } of attributes) enter(name, siblings);
  enter(POSITION, positionSiblings);
  return { registers, floors: new Map() };
}

function entryOf(wire: WireSibling, sources: readonly string[]): readonly [string, Entry] {
  const { case: kind, value } = wire.value;
  const source = sourceAt(sources, wire.source);
  if (value === undefined) return [source, { stamp: wire.stamp }];
  const sibling = {
    value: kind === 'position' ? positionOf(value) : value,
    receivedAtMs: Number(wire.receivedAtMs),
    flags: wire.flags.filter(isReadingFlag),
    ...(wire.validUntilMs !== undefined && { validUntilMs: Number(wire.validUntilMs) }),
  };
  return [source, { stamp: wire.stamp, sibling }];
}

function resolvedOf(wire: WireValue, sources: readonly string[]): ResolvedAttribute {
  return {
    value: wire.members.length > 0 ? wire.members.map(scalarOf) : scalarOf(wire.value),
    ...(wire.unit !== '' && { unit: wire.unit }),
    observedAtMs: instantOf(wire.observedAtMs),
    sources: wire.sources.map((place) => sourceAt(sources, place)),
    quality: present(QUALITIES[wire.quality], `quality that is known (got ${wire.quality})`),
    flags: wire.flags.filter(isResolvedFlag),
    validUntilMs: numberOrNull(wire.validUntilMs),
  };
}

function scalarOf(value: WireScalar | undefined): AttributeValue {
  return present(value?.kind.value, 'resolved value');
}

function resolvedPositionOf({ value, observedAtMs, source }: WirePosition, sources: readonly string[]) {
  return {
    value: positionOf(present(value, 'coordinates of a position')),
    observedAtMs: instantOf(observedAtMs),
    source: source === undefined ? '' : sourceAt(sources, source),
  } satisfies ResolvedPosition;
}

function positionOf({ longitude, latitude, altitude }: WireCoordinates): Position {
  return altitude === undefined ? { longitude, latitude } : { longitude, latitude, altitude };
}

function sourceAt(sources: readonly string[], place: number): string {
  return present(sources[place], `source ${place} of ${sources.length}`);
}

/** Throws where the message lacks it; `decodeDeltaMessage` makes a refusal of that. */
function present<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`no ${what}`);
  return value;
}

/** A time that is shown as a date; throws, likewise, where no date lies. */
function instantOf(ms: bigint): number {
  if (ms > DATE_MAX_MS) throw new Error(`no time of the calendar: ${ms} ms`);
  return Number(ms);
}

function numberOrNull(value: bigint | undefined): number | null {
  return value === undefined ? null : Number(value);
}

function isReadingFlag(flag: string): flag is ReadingFlag {
  return READING_FLAGS.has(flag);
}

function isResolvedFlag(flag: string): flag is ResolvedFlag {
  return READING_FLAGS.has(flag) || REMARKS.has(flag);
}
