/** Small checks that compose into the shape of a configuration. */

import { show } from './show.ts';

/** A configuration that must not be used. Its message is one line: key path, value, what was expected. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Throws a ConfigError unless `value` is a T; `path` is where it stands. */
export type Check<T> = (value: unknown, path: string) => asserts value is T;

/** A check of which nobody asks what it proves. */
type AnyCheck = (value: unknown, path: string) => void;

export function fail(path: string, got: unknown, expected: string): never {
  throw new ConfigError(`${path || 'configuration'}: got ${show(got)}, expected ${expected}`);
}

/** The path of a key: `a.b`, or `a["b.c"]` where the key would read as several. */
export function at(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (!/^[A-Za-z0-9_-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

export function text(lengthMax = 200): Check<string> {
  return textThat(
    (value) => value !== '' && value.length <= lengthMax,
    `a text of 1 to ${lengthMax} character${lengthMax === 1 ? '' : 's'}`,
  );
}

/** A text that `holds`; `rule` says in words what that means. */
export function textThat(holds: (text: string) => boolean, rule: string): Check<string> {
  return (value, path): asserts value is string => {
    if (typeof value !== 'string' || !holds(value)) fail(path, value, rule);
  };
}

export function flag(value: unknown, path: string): asserts value is boolean {
  if (typeof value !== 'boolean') fail(path, value, 'true or false');
}

/** What an attribute can hold. */
export function scalar(value: unknown, path: string): asserts value is string | number | boolean {
  if (typeof value !== 'string' && typeof value !== 'boolean' && !Number.isFinite(value)) {
    fail(path, value, 'a text, a number, true or false');
  }
}

/** A finite number, both limits inclusive. */
export function number(min: number, max: number): Check<number> {
  return (value, path): asserts value is number => {
    if (!isBetween(value, min, max)) fail(path, value, `a number from ${min} to ${max}`);
  };
}

/** A whole number, both limits inclusive. */
export function integer(min: number, max: number): Check<number> {
  return (value, path): asserts value is number => {
    if (!Number.isInteger(value) || !isBetween(value, min, max)) {
      fail(path, value, `a whole number from ${min} to ${max}`);
    }
  };
}

function isBetween(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && value >= min && value <= max;
}

export function oneOf<const T extends string | number>(values: readonly T[]): Check<T> {
  return (value, path): asserts value is T => {
    if (!values.some((known) => known === value)) fail(path, value, `one of ${values.join(', ')}`);
  };
}

export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, path): asserts value is T | null => {
    if (value !== null) check(value, path);
  };
}

export function list<T>(element: Check<T>, { min = 0, unique = false } = {}): Check<readonly T[]> {
  return (value, path): asserts value is readonly T[] => {
    if (!Array.isArray(value)) fail(path, value, 'a list');
    if (value.length < min) fail(path, value, `a list of at least ${min}`);
    value.forEach((each, index) => {
      element(each, at(path, index));
      if (unique && value.indexOf(each) !== index) fail(at(path, index), each, 'each only once');
    });
  };
}

/** A list of exactly these. */
export function tuple<T extends readonly unknown[]>(...elements: { [I in keyof T]: Check<T[I]> }): Check<T> {
  return (value, path): asserts value is T => {
    if (!Array.isArray(value) || value.length !== elements.length) fail(path, value, `a list of ${elements.length}`);
    elements.forEach((element: AnyCheck, index) => element(value[index], at(path, index)));
  };
}

/** An object of any keys that pass `key`. */
export function record<T>(key: Check<string>, entry: Check<T>, { min = 0 } = {}): Check<Readonly<Record<string, T>>> {
  return (value, path): asserts value is Readonly<Record<string, T>> => {
    if (!isObject(value)) fail(path, value, 'an object');
    const names = Object.keys(value);
    if (names.length < min) fail(path, value, `an object of at least ${min}`);
    for (const name of names) {
      key(name, at(path, name));
      entry(value[name], at(path, name));
    }
  };
}

type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];

/** One check a key of T; the optional ones apart. */
export interface Shape<T> {
  readonly required: { readonly [K in Exclude<keyof T, OptionalKeys<T>>]: Check<T[K]> };
  readonly optional: { readonly [K in OptionalKeys<T>]-?: Check<Exclude<T[K], undefined>> };
}

/** An object of exactly these keys: a key that is not known is most likely misspelt. */
export function shape<T extends object>({ required, optional }: Shape<T>): Check<T> {
  const requiredChecks = Object.entries<AnyCheck>(required);
  const optionalChecks = Object.entries<AnyCheck>(optional);
  const known = [...requiredChecks, ...optionalChecks].map(([key]) => key);
  return (value, path): asserts value is T => {
    if (!isObject(value)) fail(path, value, 'an object');
    for (const key of Object.keys(value)) {
      if (!known.includes(key)) fail(at(path, key), value[key], `no such key; known are ${known.join(', ')}`);
    }
    for (const [key, check] of requiredChecks) check(value[key], at(path, key));
    for (const [key, check] of optionalChecks) {
      if (Object.hasOwn(value, key)) check(value[key], at(path, key));
    }
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
