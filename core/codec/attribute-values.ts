import type { AttributeValue } from '../observation.ts';
import { refuse, type Refusal } from '../reason.ts';
import type { AssetType, AttributeType } from '../schema/city-config.ts';
import { show } from '../schema/show.ts';
import { convertUnit } from '../schema/units.ts';
import type { DraftReading, RawAttribute } from './decoder.ts';

/** Of a text that the asset type does not enumerate: what Timestream and a twin of 1 KB have room for. */
export const TEXT_LENGTH_MAX = 256;

/**
 * What a twin's item has room for beside 0: DynamoDB's numbers reach from 10⁻¹³⁰ to just below 10¹²⁶ (developer guide,
 * "Supported data types", Number). One beyond would fail the write of its twin however often it is tried.
 */
export const MAGNITUDE_MIN = 1e-130;
/** A little below, in round figures. */
export const MAGNITUDE_MAX = 9.99e125;

/**
 * The attributes of a draft: each known to its type, of the right kind, in the type's unit and within its range. Refuses
 * the first that is not: `schema-violation`, `out-of-range`, or `malformed` for a number that is none.
 */
export function readAttributes(draft: DraftReading, type: AssetType): ReadonlyMap<string, AttributeValue> | Refusal {
  const attributes = new Map<string, AttributeValue>();
  for (const raw of draft.attributes) {
    const attribute = Object.hasOwn(type.attributes, raw.name) ? type.attributes[raw.name] : undefined;
    if (!attribute) return refuse('schema-violation', `${draft.assetType} has no attribute ${show(raw.name)}`);
    if (attributes.has(raw.name)) return refuse('schema-violation', `attribute ${raw.name} stands there twice`);
    const value = readAttribute(raw, attribute);
    if (typeof value === 'object') return value;
    attributes.set(raw.name, value);
  }
  return attributes;
}

/** The value of an attribute in its own unit, of its own kind and within its range. */
export function readAttribute(raw: RawAttribute, attribute: AttributeType): AttributeValue | Refusal {
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
  { unit: ownUnit = '', integer, range, gas }: AttributeType,
): number | Refusal {
  const converted = unit === undefined ? value : convertUnit(value, unit, ownUnit, gas);
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
  if (Math.abs(converted) > MAGNITUDE_MAX) {
    return refuse('out-of-range', `attribute ${name}: got ${converted} ${ownUnit}, beyond ±${MAGNITUDE_MAX}`);
  }
  return storableNumber(converted);
}

function readText(name: string, value: string, { values }: AttributeType): string | Refusal {
  if (values && !values.includes(value)) {
    return refuse('schema-violation', `attribute ${name}: got ${show(value)}, expected one of ${values.join(', ')}`);
  }
  if (value.length > TEXT_LENGTH_MAX) {
    return refuse(
      'out-of-range',
      `attribute ${name}: got ${value.length} characters, expected at most ${TEXT_LENGTH_MAX}`,
    );
  }
  return value;
}

/**
 * A number of at most `MAGNITUDE_MAX` as every store and the log hold it: what is closer to 0 than `MAGNITUDE_MIN` is 0.
 * So is −0, which RFC 8785 writes as 0: two readings with one tie must not differ in their bytes on the log.
 */
export function storableNumber(value: number): number {
  return Math.abs(value) < MAGNITUDE_MIN ? 0 : value;
}
