import type { Attestation, AttributeValue, Observation, Position } from '../observation.ts';
import { refuse, type Refusal } from '../reason.ts';
import type { AssetType, CityConfig, RegisteredAsset, Stage } from '../schema/city-config.ts';
import { POSITION } from '../schema/names.ts';
import { show } from '../schema/show.ts';
import { AUTHORITY } from '../twin/authority.ts';
import { counterTie, stampOf, TIES_PER_MS } from '../twin/stamp.ts';
import { readAttributes, storableNumber } from './attribute-values.ts';
import { contentTie } from './canonical.ts';
import type { DraftReading } from './decoder.ts';
import type { Message } from './message.ts';

/** How far a device's clock may run ahead. It bounds for how long a forged stamp can hold a source's place. */
export const AHEAD_MAX_MS = 5 * 60 * 1000;

/** The Dead Sea's shore lies at −430 m; nothing of a city flies higher. */
const ALTITUDE_MIN_M = -500;
const ALTITUDE_MAX_M = 10_000;

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

/** What was found of a signed reading. */
export type Verdict = Exclude<Attestation, 'none'> | Refusal;

/**
 * The observation that a draft is, or why it is none. In this order: known type (`unknown-schema`); known zone and
 * attributes, kinds, units (`schema-violation`); ranges, constraints and position (`out-of-range`); time
 * (`time-in-future`, `time-in-past`); who may speak for the asset (`not-authorized`); and what was found of its signature,
 * or that one is missing (`attestation-missing`).
 *
 * @param asset the registry's row of `draft.assetId`; undefined where it has none
 * @param verdict undefined where the draft has no proof, or nobody has looked at it
 */
export function validateReading(
  draft: DraftReading,
  place: ReadingPlace,
  asset: RegisteredAsset | undefined,
  city: CityConfig,
  stage: Stage,
  verdict?: Verdict,
): ValidReading | Refusal {
  const type = Object.hasOwn(city.assetTypes, draft.assetType) ? city.assetTypes[draft.assetType] : undefined;
  if (!type) return refuse('unknown-schema', `asset type ${show(draft.assetType)} is not in the configuration`);
  if (!Object.hasOwn(city.zones, draft.zone)) {
    return refuse('schema-violation', `zone ${show(draft.zone)} is not in the configuration`);
  }

  const attributes = readAttributes(draft, type);
  if ('ok' in attributes) return attributes;
  const { receivedAtMs } = place.message;
  const refusal =
    breachOfConstraint(attributes, type) ??
    breachOfPosition(draft.position) ??
    breachOfTime(draft.observedAtMs ?? receivedAtMs, receivedAtMs, stage.lateMaxMs) ??
    breachOfSeen(draft, type, receivedAtMs) ??
    breachOfAuthority(draft, asset, stage) ??
    breachOfAttestation(draft, asset, verdict);
  if (refusal) return refusal;

  const observation = observe(draft, place, asset, attributes);
  return {
    ok: true,
    observation: typeof verdict === 'string' ? { ...observation, attestation: verdict } : observation,
  };
}

function observe(
  draft: DraftReading,
  { message, index, count }: ReadingPlace,
  asset: RegisteredAsset | undefined,
  attributes: Observation['attributes'],
): Observation {
  const observedAtMs = draft.observedAtMs ?? message.receivedAtMs;
  const position = draft.position && normalPosition(draft.position);
  const { counter, assetId } = draft;
  const tie = counter === undefined ? contentTie(assetId, attributes, position) : counterTie(counter);
  return {
    readingId: `${message.messageId}/${index}`,
    count,
    kind: draft.kind,
    clientId: message.clientId,
    flags: flagsOf(draft, asset),
    assetId,
    assetType: draft.assetType,
    zone: draft.zone,
    source: draft.source,
    stamp: stampOf(observedAtMs, tie),
    seen: draft.seen ?? NOTHING_SEEN,
    observedAtMs,
    receivedAtMs: message.receivedAtMs,
    ...(position && { position }),
    attestation: draft.attestation,
    attributes,
    schema: draft.schema,
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
    longitude: storableNumber(longitude),
    latitude: storableNumber(latitude),
    ...(altitude !== undefined && { altitude: storableNumber(altitude) }),
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

/** What its writer claims to have seen supersedes, so a claim from the future would silence a source until then. */
function breachOfSeen({ assetType, seen }: DraftReading, type: AssetType, receivedAtMs: number): Refusal | undefined {
  if (!seen) return undefined;
  const stampMax = stampOf(receivedAtMs + AHEAD_MAX_MS, TIES_PER_MS - 1);
  for (const [attribute, context] of seen) {
    if (attribute !== POSITION && !Object.hasOwn(type.attributes, attribute)) {
      return refuse('schema-violation', `seen: ${assetType} has no attribute ${show(attribute)}`);
    }
    for (const [source, stamp] of context) {
      if (stamp > stampMax) {
        return refuse('time-in-future', `seen ${attribute} of ${source}: got ${stamp}, expected at most ${stampMax}`);
      }
    }
  }
  return undefined;
}

function breachOfAuthority(
  { assetId, assetType, zone, source }: DraftReading,
  asset: RegisteredAsset | undefined,
  { unregisteredAssets }: Stage,
): Refusal | undefined {
  if (source.split('/')[0] === AUTHORITY) {
    return refuse('not-authorized', `source ${source}: ${AUTHORITY} is who decides, and speaks by the API alone`);
  }
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

function breachOfAttestation(
  { assetId, position }: DraftReading,
  asset: RegisteredAsset | undefined,
  verdict: Verdict | undefined,
): Refusal | undefined {
  if (typeof verdict === 'object') return verdict;
  if (verdict !== undefined || !position || asset?.attestation !== 'required') return undefined;
  return refuse('attestation-missing', `a position of ${assetId} must come signed`);
}
