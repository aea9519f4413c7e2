import { isRecord } from '../is-record.ts';

type Properties = Readonly<Record<string, unknown>>;

/** Throws where the template sets a property that `known` does not name. `where` begins the message. */
export function refuseUnknown(where: string, properties: Properties, known: readonly string[]): void {
  const unknown = Object.keys(properties).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`${where}: unsupported property ${unknown}; the local cloud knows ${known.join(', ')}`);
  }
}

/** Throws where the property is absent, empty or no string. */
export function requireText(where: string, properties: Properties, name: string): string {
  const value = properties[name];
  if (typeof value !== 'string' || value === '') {
    throw new Error(`${where}: ${name} must be a string that is not empty, got ${JSON.stringify(value)}`);
  }
  return value;
}

/** Throws where the value is no object. */
export function requireObject(where: string, value: unknown): Properties {
  if (!isRecord(value)) {
    throw new Error(`${where} must be an object, got ${JSON.stringify(value)}`);
  }
  return value;
}
