import type { AttributeValue, Position } from '../observation.ts';
import { refuse, type Refusal } from '../reason.ts';
import type { AssetType, AttributeField, AttributeType, PayloadMapping, TimeField } from '../schema/city-config.ts';
import { isName, NAME_RULE } from '../schema/names.ts';
import { show } from '../schema/show.ts';
import type { DecodedReading, RawAttribute } from './decoder.ts';
import { encodeName } from './encode-name.ts';
import { parseLocalTime } from './local-time.ts';
import { type ObservedAt, parseEpochMs, parseEpochSeconds, parseIso, refuseTime } from './observed-at.ts';

/** A payload that is not ours, or a row of a file: field → value. */
export type MappedRow = Readonly<Record<string, unknown>>;

/** The fields that a row must have for this mapping to understand it. */
export function fieldsOf({ assetId, sensorId, observedAt, attributes, position }: PayloadMapping): readonly string[] {
  return [
    assetId,
    observedAt.field,
    ...Object.values(attributes).map(({ field }) => field),
    ...(sensorId === undefined ? [] : [sensorId]),
    ...(position ? [position.latitude, position.longitude] : []),
  ];
}

/**
 * The reading that a row is under the mapping called `name` in the configuration; `assetType` is the type that the
 * mapping names. Fields that the mapping does not name are ignored. A missing or empty field, a value that its
 * attribute's kind cannot take, or an id that makes no name is a `schema-violation`.
 */
export function applyMapping(
  mapping: PayloadMapping,
  name: string,
  row: MappedRow,
  assetType: AssetType,
): DecodedReading {
  const missing = fieldsOf(mapping).find((field) => isAbsent(row, field));
  if (missing !== undefined) {
    return refuse('schema-violation', `field ${show(missing)} is missing, and mapping ${name} needs it`);
  }
  const assetId = readName(row, mapping.assetId, mapping.assetPrefix);
  if (typeof assetId === 'object') return assetId;
  const sensorId = mapping.sensorId === undefined ? assetId : readName(row, mapping.sensorId);
  if (typeof sensorId === 'object') return sensorId;
  const observedAt = readTime(row[mapping.observedAt.field], mapping.observedAt);
  if (!observedAt.ok) return observedAt;
  const attributes: RawAttribute[] = [];
  for (const [attribute, field] of Object.entries(mapping.attributes)) {
    const value = readValue(row[field.field], field, assetType.attributes[attribute]?.kind);
    if (typeof value === 'object') return value;
    attributes.push({ name: attribute, value, ...(field.unit !== undefined && { unit: field.unit }) });
  }
  const position = mapping.position && readPosition(row, mapping.position);
  if (position && 'ok' in position) return position;
  return {
    ok: true,
    kind: 'reading',
    assetId,
    assetType: mapping.assetType,
    zone: mapping.zone,
    source: `${name}/${sensorId}`,
    observedAtMs: observedAt.ms,
    attributes,
    ...(position && { position }),
    flags: observedAt.coarse ? ['coarse-clock'] : [],
    attestation: 'none',
    schema: 0n,
  };
}

export function isAbsent(row: MappedRow, field: string): boolean {
  return !Object.hasOwn(row, field) || row[field] === null || row[field] === undefined || row[field] === '';
}

function readName(row: MappedRow, field: string, prefix = ''): string | Refusal {
  const value = row[field];
  const text = typeof value === 'string' || Number.isSafeInteger(value) ? String(value) : '';
  const name = prefix + encodeName(text);
  return isName(name)
    ? name
    : refuse('schema-violation', `field ${show(field)}: got ${show(value)}, which does not encode to ${NAME_RULE}`);
}

/** RFC 8259 section 6: what JSON would read as a number, and nothing of what `Number()` takes beside it. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function asNumber(value: unknown): unknown {
  return typeof value === 'string' && NUMBER.test(value) ? Number(value) : value;
}

function readTime(value: unknown, time: TimeField): ObservedAt | Refusal {
  const { format, timeZone = 'UTC' } = time;
  if (format === 'iso') return parseIso(value);
  if (format === 'epoch-ms') return parseEpochMs(asNumber(value));
  if (format === 'epoch-s') return parseEpochSeconds(asNumber(value));
  if (format === 'count') return parseCount(asNumber(value), time);
  return parseLocalTime(value, timeZone, format === 'local-us' ? 'M/d/yyyy H:mm' : 'yyyy-MM-dd HH:mm:ss');
}

/** A clock that ticks once an interval: readings of one interval have no order among themselves. */
function parseCount(count: unknown, { startsAt, intervalMs = 0 }: TimeField): ObservedAt | Refusal {
  const start = parseIso(startsAt);
  if (!start.ok) return start;
  const ms = typeof count === 'number' && Number.isInteger(count) ? start.ms + count * intervalMs : Number.NaN;
  return Number.isSafeInteger(ms) ? { ok: true, ms, coarse: true } : refuseTime(count, 'a whole number of intervals');
}

/** Whether such a place is on the globe is for validation to say, as it does for readings that devices send. */
function readPosition(row: MappedRow, fields: NonNullable<PayloadMapping['position']>): Position | Refusal {
  const latitude = readValue(row[fields.latitude], { field: fields.latitude }, 'number');
  const longitude = readValue(row[fields.longitude], { field: fields.longitude }, 'number');
  if (typeof latitude === 'object') return latitude;
  if (typeof longitude === 'object') return longitude;
  return { longitude: Number(longitude), latitude: Number(latitude) };
}

/** Rows of a file are all texts, and old devices quote their numbers, so a text that reads as the kind is taken. */
export function readValue(
  value: unknown,
  { field, values }: AttributeField,
  kind: AttributeType['kind'] | undefined,
): AttributeValue | Refusal {
  if (values) {
    const key = String(value);
    const mapped = Object.hasOwn(values, key) ? values[key] : undefined;
    return mapped ?? refuseValue(field, value, `one of ${Object.keys(values).join(', ')}`);
  }
  if (kind === 'number') {
    const number = asNumber(value);
    return typeof number === 'number' && Number.isFinite(number) ? number : refuseValue(field, value, 'a number');
  }
  if (kind === 'boolean') {
    if (value === true || value === 'true') return true;
    return value === false || value === 'false' ? false : refuseValue(field, value, 'true or false');
  }
  return typeof value === 'string' ? value : refuseValue(field, value, 'a text');
}

function refuseValue(field: string, value: unknown, expected: string): Refusal {
  return refuse('schema-violation', `field ${show(field)}: got ${show(value)}, expected ${expected}`);
}
