/** Reads what people have written in JSON; each throws one line that says where, what it got and what it expected. */

import { show } from '../../core/schema/show.ts';
import { CommandError } from '../command-error.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

const UINT64_MAX = 2n ** 64n - 1n;

export function asObject(where: string, value: unknown): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new CommandError(`${where}: got ${show(value)}, expected an object`);
}

export function asList(where: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new CommandError(`${where}: got ${show(value)}, expected a list`);
}

export function asText(where: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new CommandError(`${where}: got ${show(value)}, expected a text`);
}

export function asNumber(where: string, value: unknown): number {
  if (typeof value === 'number') return value;
  throw new CommandError(`${where}: got ${show(value)}, expected a number`);
}

/** A uint64, a decimal text because a number of JSON would lose its end. */
export function asBigint(where: string, value: unknown): bigint {
  const whole = typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : undefined;
  if (whole !== undefined && whole <= UINT64_MAX) return whole;
  throw new CommandError(`${where}: got ${show(value)}, expected a decimal text such as "1795247998800004711"`);
}

export function asBytes(where: string, value: unknown): Uint8Array {
  if (typeof value === 'string' && /^(?:[\da-fA-F]{2})*$/.test(value)) return Buffer.from(value, 'hex');
  throw new CommandError(`${where}: got ${show(value)}, expected pairs of hexadecimal digits`);
}

export function oneOf<Name extends string>(where: string, value: unknown, names: readonly Name[]): Name {
  const name = names.find((each) => each === value);
  if (name !== undefined) return name;
  throw new CommandError(`${where}: got ${show(value)}, expected one of ${names.join(', ')}`);
}

export function optional<Value>(value: unknown, read: (value: unknown) => Value): Value | undefined {
  return value === undefined ? undefined : read(value);
}

/** A misspelt key would silently be left out. */
export function known(where: string, object: JsonObject, names: readonly string[]): void {
  const other = Object.keys(object).find((key) => !names.includes(key));
  if (other === undefined) return;
  throw new CommandError(`${where}: no such key ${show(other)}; known are ${names.join(', ')}`);
}
