import type { AttributeValue, Observation, Position } from '../observation.ts';
import { refuse, type Refusal } from '../reason.ts';
import type { AssetType, AttributeType, CityConfig, RegisteredAsset, Stage } from '../schema/city-config.ts';
import { show } from '../schema/show.ts';
import { convertUnit } from '../schema/units.ts';
import { contentTie, TIES_PER_MS } from './canonical.ts';
import type { DraftReading, RawAttribute } from './decoder.ts';
import type { Message } from './message.ts';

/** How far a device's clock may run ahead. It bounds for how long a forged stamp can hold a source's place. */
export const AHEAD_MAX_MS = 5 * 60 * 1000;

/** Of a text that the asset type does not enumerate: what Timestream and a twin of 1 KB have room for. */
export const TEXT_LENGTH_MAX = 256;

/** The Dead Sea's shore lies at −430 m; nothing of a city flies higher. */
export const ALTITUDE_MIN_M = -500;
export const ALTITUDE_MAX_M = 10_000;

/** Which reading of which message. */
export interface ReadingPlace {
  readonly message: Message;
  readonly index: number;
  readonly count: number;
}

export interface ValidReading {
  readonly ok: true;
  readonly observation: Observation;
}

/**
 * The observation that a draft is, or why it is none. In this order: known type (`unknown-schema`); known zone and
 * attributes, kinds, units (`schema-violation`); ranges, constraints and position (`out-of-range`); time
 * (`time-in-future`, `time-in-past`); and who may speak for the asset (`not-authorized`).
 *
 * @param asset the registry's row of `draft.assetId`; undefined where it has none
 */
export function validateReading(
  draft: DraftReading,
  { message, index, count }: ReadingPlace,
  asset: RegisteredAsset | undefined,
  city: CityConfig,
  stage: Stage,
): ValidReading | Refusal {
  const type = Object.hasOwn(city.assetTypes, draft.assetType) ? city.assetTypes[draft.assetType] : undefined;
  if (!type) return refuse('unknown-schema', `asset type ${show(draft.assetType)} is not in the configuration`);
  if (!Object.hasOwn(city.zones, draft.zone)) {
    return refuse('schema-violation', `zone ${show(draft.zone)} is not in the configuration`);
  }

  const attributes = readAttributes(draft, type);
  if ('ok' in attributes) return attributes;
  const observedAtMs = draft.observedAtMs ?? message.receivedAtMs;
  const refusal =
    breachOfConstraint(attributes, type) ??
    breachOfPosition(draft.position) ??
    breachOfTime(observedAtMs, message.receivedAtMs, stage.lateMaxMs) ??
    breachOfAuthority(draft, asset, stage);
  if (refusal) return refusal;

  const position = draft.position && normalPosition(draft.position);
  const tie =
    draft.counter === undefined ? contentTie(draft.assetId, attributes, position) : draft.counter % TIES_PER_MS;
  return {
    ok: true,
    observation: {
      readingId: `${message.messageId}/${index}`,
      count,
      kind: draft.kind,
      clientId: message.clientId,
      flags: flagsOf(draft, asset),
      assetId: draft.assetId,
      assetType: draft.assetType,
      zone: draft.zone,
      source: draft.source,
      stamp: BigInt(observedAtMs) * TIES_PER_MS + tie,
      seen: draft.seen ?? NOTHING_SEEN,
      observedAtMs,
      receivedAtMs: message.receivedAtMs,
      ...(position && { position }),
      attestation: draft.attestation,
      attributes,
      schema: draft.schema,
    },
  };
}

const NOTHING_SEEN: Observation['seen'] = new Map();

function flagsOf(draft: DraftReading, asset: RegisteredAsset | undefined): Observation['flags'] {
  if (asset && draft.observedAtMs !== undefined) return draft.flags;
  return [
    ...draft.flags,
    ...(draft.observedAtMs === undefined ? (['observed-at-missing'] as const) : []),
    ...(asset ? [] : (['unregistered'] as const)),
  ];
}

function readAttributes(draft: DraftReading, type: AssetType): ReadonlyMap<string, AttributeValue> | Refusal {
  const attributes = new Map<string, AttributeValue>();
  for (const raw of draft.attributes) {
    const attribute = Object.hasOwn(type.attributes, raw.name) ? type.attributes[raw.name] : undefined;
    if (!attribute) return refuse('schema-violation', `${draft.assetType} has no attribute ${show(raw.name)}`);
    if (attributes.has(raw.name)) return refuse('schema-violation', `attribute ${raw.name} stands there twice`);
    const value = readValue(raw, attribute);
    if (typeof value === 'object') return value;
    attributes.set(raw.name, value);
  }
  return attributes;
}

/** The value of an attribute in its own unit, of its own kind and within its range. */
function readValue(raw: RawAttribute, attribute: AttributeType): AttributeValue | Refusal {
  const { name, value, unit } = raw;
  if (typeof value !== attribute.kind) {
    return refuse('schema-violation', `attribute ${name}: got ${show(value)}, expected a ${attribute.kind}`);
  }
  if (typeof value === 'number') return readNumber(name, value, unit, attribute);
  if (unit !== undefined) return refuse('schema-violation', `attribute ${name}: a ${attribute.kind} has no unit`);
  return typeof value === 'string' ? readText(name, value, attribute) : value;
}

function readNumber(
  name: string,
  value: number,
  unit: string | undefined,
  { unit: ownUnit = '', integer, range }: AttributeType,
): number | Refusal {
  const converted = unit === undefined ? value : convertUnit(value, unit, ownUnit);
  if (typeof converted === 'object') return refuse(converted.reason, `attribute ${name}: ${converted.detail}`);
  if (!Number.isFinite(converted)) return refuse('malformed', `attribute ${name}: ${converted} is no finite number`);
  if (integer && !Number.isInteger(converted)) {
    return refuse('schema-violation', `attribute ${name}: got ${converted}, expected a whole number`);
  }
  if (range && (converted < range[0] || converted > range[1])) {
    return refuse(
      'out-of-range',
      `attribute ${name}: got ${converted} ${ownUnit}, expected ${range[0]} to ${range[1]}`,
    );
  }
  return withoutNegativeZero(converted);
}

function readText(name: string, value: string, { values }: AttributeType): string | Refusal {
  if (values && !values.includes(value)) {
    return refuse('schema-violation', `attribute ${name}: got ${show(value)}, expected one of ${values.join(', ')}`);
  }
  if (value.length > TEXT_LENGTH_MAX) {
    return refuse('out-of-range', `attribute ${name}: got ${value.length} characters, expected ${TEXT_LENGTH_MAX}`);
  }
  return value;
}

/** RFC 8785 writes −0 as 0: two readings with one tie must not differ in their bytes on the log. */
function withoutNegativeZero(value: number): number {
  return value === 0 ? 0 : value;
}

function breachOfConstraint(attributes: ReadonlyMap<string, AttributeValue>, type: AssetType): Refusal | undefined {
  for (const { left, relation, right } of type.constraints ?? []) {
    const leftValue = attributes.get(left);
    const rightValue = attributes.get(right);
    if (leftValue === undefined || rightValue === undefined) continue;
    const holds =
      relation === '=='
        ? leftValue === rightValue
        : relation === '<'
          ? leftValue < rightValue
          : leftValue <= rightValue;
    if (!holds) {
      return refuse(
        'out-of-range',
        `got ${left} ${leftValue} and ${right} ${rightValue}, expected ${left} ${relation} ${right}`,
      );
    }
  }
  return undefined;
}

function breachOfPosition(position: Position | undefined): Refusal | undefined {
  if (!position) return undefined;
  const { longitude, latitude, altitude = 0 } = position;
  const holds =
    Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90 && altitude >= ALTITUDE_MIN_M && altitude <= ALTITUDE_MAX_M;
  if (holds) return undefined;
  return refuse('out-of-range', `position: got ${show(position)}, expected WGS 84 degrees and metres on this planet`);
}

function normalPosition({ longitude, latitude, altitude }: Position): Position {
  return {
    longitude: withoutNegativeZero(longitude),
    latitude: withoutNegativeZero(latitude),
    ...(altitude !== undefined && { altitude: withoutNegativeZero(altitude) }),
  };
}

function breachOfTime(observedAtMs: number, receivedAtMs: number, lateMaxMs: number | null): Refusal | undefined {
  const aheadMs = observedAtMs - receivedAtMs;
  if (aheadMs > AHEAD_MAX_MS) {
    return refuse('time-in-future', `observed ${aheadMs} ms after it was received, expected at most ${AHEAD_MAX_MS}`);
  }
  // A stamp counts from 1970 and has no sign.
  if (observedAtMs < 0) return refuse('time-in-past', `observed at ${observedAtMs} ms, expected 1970 or later`);
  if (lateMaxMs !== null && -aheadMs > lateMaxMs) {
    return refuse('time-in-past', `observed ${-aheadMs} ms before it was received, expected at most ${lateMaxMs}`);
  }
  return undefined;
}

function breachOfAuthority(
  { assetId, assetType, zone, source }: DraftReading,
  asset: RegisteredAsset | undefined,
  { unregisteredAssets }: Stage,
): Refusal | undefined {
  if (!asset) {
    if (unregisteredAssets === 'accept') return undefined;
    return refuse('not-authorized', `asset ${assetId} is not in the registry`);
  }
  if (asset.assetType !== assetType || asset.zone !== zone) {
    return refuse(
      'not-authorized',
      `${assetId} is registered as ${asset.assetType} in ${asset.zone}, got ${assetType} in ${zone}`,
    );
  }
  if (asset.sources && !asset.sources.includes(source)) {
    return refuse('not-authorized', `source ${source} may not speak for ${assetId}`);
  }
  return undefined;
}
