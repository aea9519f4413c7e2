/**
 * SenML packs (RFC 8428). The topic says which asset speaks. A record's name, base name before it, tells the attribute by
 * what follows its last `/` or `:`, and by the rest the sensor: that is not looked up, for the topic has said who speaks, but
 * a pack must not speak of two.
 */

import type { AttributeValue } from '../../observation.ts';
import { refuse, type Refusal } from '../../reason.ts';
import { show } from '../../schema/show.ts';
import type { DecodedReading, RawAttribute } from '../decoder.ts';
import { boundReadings, isObject, type JsonObject } from '../json-payload.ts';
import type { DeviceTopic } from '../topic.ts';
import { SENML_UNITS } from './senml-units.ts';

/** Section 4.3, the labels of JSON. `ut`, when the next record is due, says nothing of the asset. */
const LABELS = ['bn', 'bt', 'bu', 'bv', 'bs', 'bver', 'n', 'u', 'v', 'vs', 'vb', 'vd', 's', 't', 'ut'] as const;
const SENML_VERSION_MAX = 10;
/** Section 4.5.3: a time below this is relative to now. */
const RELATIVE_S_MAX = 2 ** 28;
const NAME = /^[A-Za-z0-9][A-Za-z0-9:./_-]*$/;

/** Our own list of readings has none of these keys. */
export function isSenmlPack(value: unknown): value is readonly unknown[] {
  if (!Array.isArray(value)) return false;
  const [first]: readonly unknown[] = value;
  return isObject(first) && LABELS.some((label) => Object.hasOwn(first, label));
}

/** What holds for the records that follow (section 4.1). */
interface Base {
  name: string;
  timeS: number;
  unit?: string;
  value?: number;
}

/** A record on its own (section 4.6). */
interface Resolved {
  readonly ok: true;
  readonly sensor: string;
  readonly attribute: string;
  readonly value: AttributeValue;
  readonly unit: string | undefined;
  /** Absent where neither the record nor its base has a time: it is of now, which the time of receipt stands for. */
  readonly timeMs: number | undefined;
}

/** Who speaks of what; a topic of a device says so whatever the sensor is called. */
type Speaker = Omit<DeviceTopic, 'kind'>;

/** One reading for each time that the records have, in the order in which the times come up. */
export function readSenmlPack(
  pack: readonly unknown[],
  speakerOf: Speaker | ((sensor: string) => Speaker | Refusal),
  receivedAtMs: number,
): readonly DecodedReading[] | Refusal {
  const base: Base = { name: '', timeS: 0 };
  const byTime = new Map<number | undefined, Resolved[]>();
  let sensor: string | undefined;
  for (const record of pack) {
    if (!isObject(record)) return refuse('schema-violation', `got ${show(record)}, expected a record of SenML`);
    const refusal = readBase(record, base);
    if (refusal) return refusal;
    if (!holdsValue(record, base)) continue;
    const resolved = resolve(record, base, receivedAtMs);
    if (!resolved.ok) return resolved;
    sensor ??= resolved.sensor;
    if (resolved.sensor !== sensor) {
      return refuse('not-authorized', `a pack speaks of one sensor, got ${show(sensor)} and ${show(resolved.sensor)}`);
    }
    const records = byTime.get(resolved.timeMs);
    if (records) records.push(resolved);
    else byTime.set(resolved.timeMs, [resolved]);
  }
  if (byTime.size === 0) return refuse('schema-violation', 'the pack has no record with a value');
  const speaker = typeof speakerOf === 'function' ? speakerOf(sensor ?? '') : speakerOf;
  if ('ok' in speaker) return speaker;
  return boundReadings([...byTime].map(([timeMs, records]) => readingOf(timeMs, records, speaker)));
}

function readBase(record: JsonObject, base: Base): Refusal | undefined {
  // A label that ends so must be understood (section 4.4).
  const mustUnderstand = Object.keys(record).find((label) => label.endsWith('_'));
  if (mustUnderstand !== undefined) return refuse('schema-violation', `no such label ${show(mustUnderstand)}`);
  const { bn = base.name, bt = base.timeS, bu = base.unit, bv = base.value, bver = SENML_VERSION_MAX } = record;
  if (typeof bn !== 'string') return refuseLabel('bn', bn, 'a text');
  if (typeof bt !== 'number') return refuseLabel('bt', bt, 'seconds');
  if (bu !== undefined && typeof bu !== 'string') return refuseLabel('bu', bu, 'a text');
  if (bv !== undefined && typeof bv !== 'number') return refuseLabel('bv', bv, 'a number');
  if (typeof bver !== 'number' || bver > SENML_VERSION_MAX)
    return refuseLabel('bver', bver, `up to ${SENML_VERSION_MAX}`);
  base.name = bn;
  base.timeS = bt;
  if (bu !== undefined) base.unit = bu;
  if (bv !== undefined) base.value = bv;
  return undefined;
}

/** A record may do nothing but set what holds for those after it. */
function holdsValue(record: JsonObject, base: Base): boolean {
  const own = ['v', 'vs', 'vb', 'vd', 's'].some((label) => Object.hasOwn(record, label));
  return own || (base.value !== undefined && Object.hasOwn(record, 'n'));
}

function resolve(record: JsonObject, base: Base, receivedAtMs: number): Resolved | Refusal {
  const { n = '', t = 0, u = base.unit } = record;
  if (typeof n !== 'string') return refuseLabel('n', n, 'a text');
  if (typeof t !== 'number') return refuseLabel('t', t, 'seconds');
  if (u !== undefined && typeof u !== 'string') return refuseLabel('u', u, 'a text');
  const name = base.name + n;
  if (!NAME.test(name)) return refuseLabel('n', name, 'letters, digits and - : . / _, a letter or digit first');
  const attribute = name.replace(/^.*[/:]/, '');
  const value = readValue(record, base);
  if (typeof value === 'object') return value;
  const timeS = base.timeS + t;
  const timeMs = Math.round(timeS < RELATIVE_S_MAX ? receivedAtMs + timeS * 1000 : timeS * 1000);
  if (!Number.isSafeInteger(timeMs)) return refuseLabel('t', timeS, 'seconds since 1970, or from now');
  return {
    ok: true,
    sensor: name.slice(0, -attribute.length),
    attribute,
    value,
    unit: u,
    timeMs: timeS === 0 ? undefined : timeMs,
  };
}

function readValue(record: JsonObject, base: Base): AttributeValue | Refusal {
  const { v, vs, vb, vd, s } = record;
  if ([v, vs, vb, vd].filter((each) => each !== undefined).length > 1) {
    return refuse('schema-violation', 'a record of SenML has one value, got several');
  }
  if (vs !== undefined) return typeof vs === 'string' ? vs : refuseLabel('vs', vs, 'a text');
  if (vb !== undefined) return typeof vb === 'boolean' ? vb : refuseLabel('vb', vb, 'true or false');
  if (vd !== undefined) return refuse('schema-violation', 'vd: data is no value of an attribute');
  if (v === undefined && base.value === undefined) {
    return refuseLabel('v', v, `a value; the sum ${show(s)} is none of an attribute`);
  }
  const value = v ?? 0;
  return typeof value === 'number' ? (base.value ?? 0) + value : refuseLabel('v', value, 'a number');
}

function readingOf(timeMs: number | undefined, records: readonly Resolved[], topic: Speaker): DecodedReading {
  const attributes: RawAttribute[] = [];
  const place: Partial<Record<string, number>> = {};
  for (const { attribute, value, unit } of records) {
    if ((unit === 'lat' || unit === 'lon') && typeof value === 'number') {
      place[unit] = value;
      continue;
    }
    const code = unit === undefined ? undefined : (SENML_UNITS.get(unit) ?? unit);
    attributes.push({ name: attribute, value, ...(code !== undefined && { unit: code }) });
  }
  const { lat, lon } = place;
  if ((lat === undefined) !== (lon === undefined)) {
    return refuse('schema-violation', 'a position needs both lat and lon at one time');
  }
  return {
    ok: true,
    kind: 'reading',
    assetId: topic.assetId,
    assetType: topic.assetType,
    zone: topic.zone,
    source: topic.thingName,
    ...(timeMs !== undefined && { observedAtMs: timeMs }),
    attributes,
    ...(lat !== undefined && lon !== undefined && { position: { longitude: lon, latitude: lat } }),
    flags: timeMs !== undefined && timeMs % 1000 === 0 ? ['coarse-clock'] : [],
    attestation: 'none',
    schema: 0n,
  };
}

function refuseLabel(label: string, got: unknown, expected: string): Refusal {
  return refuse('schema-violation', `${label}: got ${show(got)}, expected ${expected}`);
}
