/** JSON on `dt/{zone}/{assetType}/{assetId}/{thingName}`: our own reading, NGSI-LD or SenML, told apart by their keys. */

import type { AttributeValue, ReadingFlag } from '../observation.ts';
import { refuse, type Refusal } from '../reason.ts';
import type { CityConfig } from '../schema/city-config.ts';
import { show } from '../schema/show.ts';
import type { DecodedReading, Decoder, DraftReading, RawAttribute } from './decoder.ts';
import { readFix } from './gnss-fix.ts';
import { isObject, type JsonObject, readObjects } from './json-payload.ts';
import { parseJson } from './json.ts';
import { isEntity, readEntity } from './ngsi-ld.ts';
import { type ObservedAt, parseEpochMs, parseIso } from './observed-at.ts';
import { isSenmlPack, readSenmlPack } from './senml/senml-pack.ts';
import type { DeviceTopic } from './topic.ts';

export const jsonReading: Decoder = {
  name: 'json-reading',

  accepts(_message, topic) {
    return topic.kind === 'device';
  },

  decode({ bytes, receivedAtMs }, topic, city) {
    if (topic.kind !== 'device') return refuse('unknown-schema', 'a reading of ours is published on dt/…');
    const parsed = parseJson(bytes);
    return parsed.ok ? readJsonReadings(parsed.value, topic, city, receivedAtMs) : parsed;
  },
};

/** The readings of JSON that is parsed, by whatever it turns out to be. */
export function readJsonReadings(
  value: unknown,
  topic: DeviceTopic,
  city: CityConfig,
  receivedAtMs: number,
): readonly DecodedReading[] | Refusal {
  if (isSenmlPack(value)) return readSenmlPack(value, topic, receivedAtMs);
  return readObjects(value, (object) =>
    isEntity(object) ? readEntity(object, topic, city) : readReading(object, topic),
  );
}

const NO_FLAGS: readonly ReadingFlag[] = [];
const COARSE: readonly ReadingFlag[] = ['coarse-clock'];
const READING_KEYS = new Set(['observedAt', 'counter', 'attributes', 'position']);

function readReading(object: JsonObject, topic: DeviceTopic): DecodedReading {
  // A misspelt `observedAt` would else silently become the time of receipt.
  for (const key in object) {
    if (!READING_KEYS.has(key)) {
      return refuse('schema-violation', `no such key ${show(key)}; known are ${[...READING_KEYS].join(', ')}`);
    }
  }
  const observedAt = readObservedAt(object['observedAt']);
  if (observedAt && !observedAt.ok) return observedAt;
  const counter = readCounter(object['counter']);
  if (typeof counter === 'object') return counter;
  const attributes = readAttributes(object['attributes']);
  if ('ok' in attributes) return attributes;
  const position = readPosition(object['position']);
  if (position && 'ok' in position) return position;
  if (attributes.length === 0 && !position) {
    return refuse('schema-violation', 'a reading needs at least one attribute or a position');
  }
  return {
    ok: true,
    kind: 'reading',
    assetId: topic.assetId,
    assetType: topic.assetType,
    zone: topic.zone,
    source: topic.thingName,
    ...(observedAt && { observedAtMs: observedAt.ms }),
    ...(counter !== undefined && { counter }),
    attributes,
    ...position,
    flags: observedAt?.coarse ? COARSE : NO_FLAGS,
    attestation: 'none',
    schema: 0n,
  };
}

function readObservedAt(value: unknown): ObservedAt | Refusal | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'number' ? parseEpochMs(value) : parseIso(value);
}

function readCounter(value: unknown): bigint | Refusal | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? BigInt(value)
    : refuse('schema-violation', `counter: got ${show(value)}, expected a whole number from 0 to 2^53 - 1`);
}

function readAttributes(value: unknown): readonly RawAttribute[] | Refusal {
  if (value === undefined) return [];
  if (!isObject(value)) return refuse('schema-violation', `attributes: got ${show(value)}, expected an object`);
  const attributes: RawAttribute[] = [];
  for (const name of Object.keys(value)) {
    const raw = value[name];
    if (isScalar(raw)) {
      attributes.push({ name, value: raw });
    } else {
      const measured = readMeasured(name, raw);
      if ('ok' in measured) return measured;
      attributes.push(measured);
    }
  }
  return attributes;
}

function isScalar(value: unknown): value is AttributeValue {
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean';
}

/** `{value, unitCode}`, as NGSI-LD writes a value in a unit. */
function readMeasured(name: string, raw: unknown): RawAttribute | Refusal {
  if (isObject(raw) && Object.keys(raw).every((key) => key === 'value' || key === 'unitCode')) {
    const { value, unitCode } = raw;
    if (isScalar(value) && unitCode === undefined) return { name, value };
    if (isScalar(value) && typeof unitCode === 'string') return { name, value, unit: unitCode };
  }
  return refuse(
    'schema-violation',
    `attribute ${show(name)}: got ${show(raw)}, expected a number, a text, true, false or {value, unitCode}`,
  );
}

const POSITION_KEYS = new Set(['lat', 'lon', 'alt', 'fixedAt', 'hdop', 'satellites']);

function readPosition(value: unknown): Pick<DraftReading, 'position' | 'fix'> | Refusal | undefined {
  if (value === undefined) return undefined;
  if (isObject(value) && Object.keys(value).every((key) => POSITION_KEYS.has(key))) {
    const { lat, lon, alt } = value;
    if (typeof lat === 'number' && typeof lon === 'number' && (alt === undefined || typeof alt === 'number')) {
      const position = { longitude: lon, latitude: lat, ...(alt !== undefined && { altitude: alt }) };
      const fixedAt = readObservedAt(value['fixedAt']);
      if (fixedAt && !fixedAt.ok) return fixedAt;
      const fix = readFix(fixedAt?.ms, value['hdop'], value['satellites']);
      if (fix && 'ok' in fix) return fix;
      return { position, ...(fix && { fix }) };
    }
  }
  return refuse('schema-violation', `position: got ${show(value)}, expected numbers {lat, lon} or {lat, lon, alt}`);
}
