/** Reads the members of a request's body, and refuses with the member's name what is not as the API declares it. */

import { RESOURCE_NAME } from './limits.ts';
import { refuse } from './refusal.ts';

export type Input = Readonly<Record<string, unknown>>;

export function refuseMember(name: string, got: unknown, expected: string): never {
  const shown = typeof got === 'bigint' ? got.toString() : (JSON.stringify(got)?.slice(0, 200) ?? 'nothing');
  return refuse('ValidationException', `Value at '${name}' is ${shown}; expected ${expected}`);
}

export function isInput(value: unknown): value is Input {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function readObject(input: Input, name: string): Input | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined || isInput(value)) {
    return value;
  }
  return refuseMember(name, value, 'an object');
}

export function readList(input: Input, name: string): readonly unknown[] {
  const value = input[name] ?? [];
  return Array.isArray(value) ? value : refuseMember(name, value, 'a list');
}

export function readText(input: Input, name: string): string | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined || typeof value === 'string') {
    return value;
  }
  return refuseMember(name, value, 'a string');
}

export function requireText(input: Input, name: string): string {
  const value = readText(input, name);
  return value === undefined || value === '' ? refuseMember(name, value, 'a string that is not empty') : value;
}

/** An integer within bounds, both inclusive; CloudFormation gives it as a string. */
export function readInteger(input: Input, name: string, bounds: { min: number; max: number }): number | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined) {
    return undefined;
  }
  const integer = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof integer === 'number' && Number.isInteger(integer) && integer >= bounds.min && integer <= bounds.max) {
    return integer;
  }
  return refuseMember(name, value, `an integer from ${bounds.min} to ${bounds.max}`);
}

/** CloudFormation gives a boolean as a string. */
export function readBoolean(input: Input, name: string): boolean | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined || typeof value === 'boolean') {
    return value;
  }
  return value === 'true' || value === 'false' ? value === 'true' : refuseMember(name, value, 'true or false');
}

/** The name of a database or table that is to be made. */
export function requireResourceName(input: Input, name: string): string {
  const value = requireText(input, name);
  return RESOURCE_NAME.test(value) ? value : refuseMember(name, value, '3 to 256 characters of A-Z a-z 0-9 _ . -');
}
