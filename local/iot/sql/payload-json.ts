import type { PublishedMessage } from '../message.ts';
import { isJsonObject, type JsonValue, type SqlValue } from './value.ts';

const parsed = new WeakMap<PublishedMessage, JsonValue>();

/**
 * The payload as JSON, parsed once per message and only when a rule asks. Throws when it is none: a rule that names
 * fields does not work on binary payloads ("Working with binary payloads" in the developer guide).
 */
export function payloadJson(message: PublishedMessage): JsonValue {
  const known = parsed.get(message);
  if (known !== undefined) {
    return known;
  }
  try {
    const json: JsonValue = JSON.parse(message.payload.toString('utf8'));
    parsed.set(message, json);
    return json;
  } catch (cause) {
    throw new Error('the SQL names fields of the payload, but the payload is not JSON', { cause });
  }
}

/** A value inside the payload's JSON; Undefined where there is none. */
export function payloadField(message: PublishedMessage, path: readonly string[]): SqlValue {
  let value: SqlValue = payloadJson(message);
  for (const name of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) {
      return undefined;
    }
    value = value[name];
  }
  return value;
}
