/**
 * Entities of NGSI-LD (ETSI GS CIM 009), normalized, concise, as key-values or as GeoJSON features, and the like of NGSIv2,
 * as the Smart Data Models have them. The topic says which asset speaks: an entity of another id or type is refused, so that what is in a
 * payload never widens what its sender may say. Attributes that the asset type does not have are left out, because an
 * entity also carries its address, its owner and more that does not change.
 */

import type { AttributeValue, Position } from '../observation.ts';
import { refuse, type Refusal } from '../reason.ts';
import type { CityConfig } from '../schema/city-config.ts';
import { isName, NAME_RULE } from '../schema/names.ts';
import { show } from '../schema/show.ts';
import type { DecodedReading, RawAttribute } from './decoder.ts';
import { encodeName } from './encode-name.ts';
import { isObject, type JsonObject } from './json-payload.ts';
import { type ObservedAt, parseIso } from './observed-at.ts';
import type { DeviceTopic } from './topic.ts';

/** No reading of ours has an `id`, and every entity has. */
export function isEntity(object: JsonObject): boolean {
  return Object.hasOwn(object, 'id') && Object.hasOwn(object, 'type');
}

/** Of a GeoJSON feature the entity that it writes (clause 4.5.16): its geometry is the location. */
function entityOf(object: JsonObject): JsonObject {
  const { id, type, geometry, properties } = object;
  return type === 'Feature' && isObject(properties) ? { location: geometry, ...properties, id } : object;
}

/** The asset that an entity says it is: its type, and what follows the type in its URN, as a name. */
export function assetOf(object: JsonObject): { readonly assetType: string; readonly assetId: string } | Refusal {
  const { id, type } = entityOf(object);
  const [first]: readonly unknown[] = Array.isArray(type) ? type : [type];
  const assetType = typeof first === 'string' ? first.replace(/^.*[/#]/, '') : '';
  const assetId = typeof id === 'string' ? encodeName(id.replace(`urn:ngsi-ld:${assetType}:`, '')) : '';
  return isName(assetType) && isName(assetId)
    ? { assetType, assetId }
    : refuse('schema-violation', `got id ${show(id)} and type ${show(type)}, which do not encode to ${NAME_RULE}`);
}

/** What was observed at one instant. */
interface Instant {
  readonly observedAt: ObservedAt | undefined;
  readonly attributes: RawAttribute[];
  position?: Position;
}

/** One reading for each instant at which something of the entity was observed, the earliest first. */
export function readEntity(
  object: JsonObject,
  topic: DeviceTopic,
  { assetTypes }: CityConfig,
): readonly DecodedReading[] {
  const entity = entityOf(object);
  const refusal = breachOfTopic(entity, topic);
  if (refusal) return [refusal];
  const known = Object.hasOwn(assetTypes, topic.assetType) ? assetTypes[topic.assetType] : undefined;
  const dated = readDate(valueOf(entity['dateObserved']));
  if (dated && !dated.ok) return [dated];

  const instants = new Map<number | undefined, Instant>();
  for (const [name, written] of Object.entries(entity)) {
    const isAttribute = known !== undefined && Object.hasOwn(known.attributes, name);
    if (!isAttribute && name !== 'location') continue;
    const property = defaultInstance(written);
    const position = isAttribute ? undefined : readPoint(valueOf(property));
    const attribute = isAttribute ? readAttribute(name, property) : undefined;
    if (attribute && 'ok' in attribute) return [attribute];
    if (!attribute && !position) continue;
    const own = isObject(property) ? readDate(property['observedAt']) : undefined;
    if (own && !own.ok) return [own];
    const observedAt = own ?? dated;
    const instant = instants.get(observedAt?.ms) ?? { observedAt, attributes: [] };
    instants.set(observedAt?.ms, instant);
    if (attribute) instant.attributes.push(attribute);
    if (position) instant.position = position;
  }
  if (instants.size === 0) {
    return [refuse('schema-violation', `the entity has no attribute of ${topic.assetType} and no point as location`)];
  }
  return [...instants.values()]
    .sort((one, other) => (one.observedAt?.ms ?? Infinity) - (other.observedAt?.ms ?? Infinity))
    .map((instant) => readingOf(instant, topic));
}

function readingOf({ observedAt, attributes, position }: Instant, topic: DeviceTopic): DecodedReading {
  return {
    ok: true,
    kind: 'reading',
    assetId: topic.assetId,
    assetType: topic.assetType,
    zone: topic.zone,
    source: topic.thingName,
    ...(observedAt && { observedAtMs: observedAt.ms }),
    attributes,
    ...(position && { position }),
    flags: observedAt?.coarse ? ['coarse-clock'] : [],
    attestation: 'none',
    schema: 0n,
  };
}

/** An id is the asset's own, or a URN of its type and it (clause 4.6.2); a type may be written as a whole IRI. */
function breachOfTopic({ id, type }: JsonObject, { assetId, assetType }: DeviceTopic): Refusal | undefined {
  const text = typeof id === 'string' ? id : '';
  const local = text.startsWith(`urn:ngsi-ld:${assetType}:`) ? text.slice(`urn:ngsi-ld:${assetType}:`.length) : text;
  if (![text, local, encodeName(text), encodeName(local)].includes(assetId)) {
    return refuse('not-authorized', `the topic speaks for ${assetId}, and the entity is ${show(id)}`);
  }
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  if (!types.some((each) => typeof each === 'string' && each.replace(/^.*[/#]/, '') === assetType)) {
    return refuse('schema-violation', `type: got ${show(type)}, expected ${assetType} as in the topic`);
  }
  return undefined;
}

/** Of several instances of an attribute, the one without a `datasetId` (clause 4.5.5). */
function defaultInstance(written: unknown): unknown {
  if (!Array.isArray(written)) return written;
  return written.find((instance) => isObject(instance) && !Object.hasOwn(instance, 'datasetId')) ?? written;
}

/** The value of a property, or what stands there itself; a typed one, such as a date, unwrapped. */
function valueOf(written: unknown): unknown {
  const value = isObject(written) && Object.hasOwn(written, 'value') ? written['value'] : written;
  return isObject(value) && Object.hasOwn(value, '@value') ? value['@value'] : value;
}

/** Nothing of an attribute that is null: that is how one is deleted (clause 4.5.0). */
function readAttribute(name: string, property: unknown): RawAttribute | Refusal | undefined {
  const value = valueOf(property);
  if (value === null || value === 'urn:ngsi-ld:null') return undefined;
  if (!isScalar(value)) {
    return refuse(
      'schema-violation',
      `attribute ${show(name)}: got ${show(value)}, expected a number, a text, true or false`,
    );
  }
  const unit = isObject(property) ? (property['unitCode'] ?? unitOfMetadata(property)) : undefined;
  if (unit === undefined) return { name, value };
  return typeof unit === 'string'
    ? { name, value, unit }
    : refuse('schema-violation', `attribute ${show(name)}, unitCode: got ${show(unit)}, expected a text`);
}

/** Where NGSIv2 has it. */
function unitOfMetadata({ metadata }: JsonObject): unknown {
  return isObject(metadata) && isObject(metadata['unitCode']) ? metadata['unitCode']['value'] : undefined;
}

function isScalar(value: unknown): value is AttributeValue {
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean';
}

/** RFC 7946 section 3.1.2. Areas and lines say where an asset reaches, not where it is. */
function readPoint(geometry: unknown): Position | undefined {
  if (!isObject(geometry) || geometry['type'] !== 'Point' || !Array.isArray(geometry['coordinates'])) return undefined;
  const [longitude, latitude, altitude]: readonly unknown[] = geometry['coordinates'];
  if (typeof longitude !== 'number' || typeof latitude !== 'number') return undefined;
  return { longitude, latitude, ...(typeof altitude === 'number' && { altitude }) };
}

/** Of an interval its end. Times are UTC (clause 4.6.3), also where the Smart Data Models' examples leave the `Z` out. */
function readDate(value: unknown): ObservedAt | Refusal | undefined {
  if (value === undefined || value === null) return undefined;
  const end = typeof value === 'string' ? (value.split('/').at(-1) ?? '') : value;
  return parseIso(typeof end === 'string' && /T[\d:.,]+$/.test(end) ? `${end}Z` : end);
}
