import { refuse, type Refusal } from '../reason.ts';
import { show } from '../schema/show.ts';
import type { DecodedReading } from './decoder.ts';
import { parseJson } from './json.ts';

/** A kept reading keeps its whole message, so a message of many bad readings must not multiply without bound. */
export const READINGS_PER_MESSAGE_MAX = 1000;

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads a payload of one JSON object or of a list of them, each by `read`. A payload that is not JSON is `malformed`;
 * one that is, but neither object nor list, a `schema-violation`; an element that is no object refuses itself only.
 */
export function readJsonPayload(
  bytes: Uint8Array,
  read: (object: JsonObject) => DecodedReading | readonly DecodedReading[],
): readonly DecodedReading[] | Refusal {
  const parsed = parseJson(bytes);
  return parsed.ok ? readObjects(parsed.value, read) : parsed;
}

/** The same of JSON that is parsed; here an object may hold several readings. */
export function readObjects(
  value: unknown,
  read: (object: JsonObject) => DecodedReading | readonly DecodedReading[],
): readonly DecodedReading[] | Refusal {
  if (!Array.isArray(value)) {
    if (!isObject(value)) return refuseShape(value);
    const reading = read(value);
    return 'ok' in reading ? [reading] : boundReadings(reading);
  }
  if (value.length === 0) return refuse('schema-violation', 'got an empty list, expected at least one reading');
  if (value.length > READINGS_PER_MESSAGE_MAX) return refuseCount(value.length);
  return boundReadings(value.flatMap((element: unknown) => (isObject(element) ? read(element) : refuseShape(element))));
}

/** The readings, or `too-large` where they are too many for one message. */
export function boundReadings(readings: readonly DecodedReading[]): readonly DecodedReading[] | Refusal {
  return readings.length > READINGS_PER_MESSAGE_MAX ? refuseCount(readings.length) : readings;
}

function refuseCount(count: number): Refusal {
  return refuse('too-large', `got ${count} readings, expected at most ${READINGS_PER_MESSAGE_MAX} a message`);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuseShape(value: unknown): Refusal {
  return refuse('schema-violation', `got ${show(value)}, expected an object`);
}
