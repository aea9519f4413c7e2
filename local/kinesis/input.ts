import { HASH_KEY_MAX } from './hash-key.ts';
import { Refusal } from './refusal.ts';

/** What a request's body says, before anybody looked at it. */
export type Input = Readonly<Record<string, unknown>>;

/** Reads one parameter, which is undefined where the request leaves it out. */
export type Field<Value> = (value: unknown, name: string) => Value | Refusal;

export type Fields = Readonly<Record<string, Field<unknown>>>;

export type Read<Shape extends Fields> = {
  readonly [Name in keyof Shape]: Exclude<ReturnType<Shape[Name]>, Refusal>;
};

/** The parameters that an operation knows, each as its type; or why the first bad one is refused. */
export function readInput<const Shape extends Fields>(input: Input, shape: Shape): Read<Shape> | Refusal;
export function readInput(input: Input, shape: Fields): Input | Refusal {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(shape)) {
    const value = field(input[name] ?? undefined, name);
    if (value instanceof Refusal) return value;
    values[name] = value;
  }
  return values;
}

export function required<Value>(field: Field<Value | undefined>): Field<Value> {
  return (value, name) => field(value, name) ?? invalid(name, value, 'be given');
}

interface TextConstraints {
  readonly lengthMin?: number;
  readonly lengthMax: number;
  readonly pattern?: RegExp;
}

export function text({ lengthMin = 1, lengthMax, pattern }: TextConstraints): Field<string | undefined> {
  return (value, name) => {
    if (value === undefined) return undefined;
    if (typeof value !== 'string') return wrongType(name, 'a string');
    // The documented lengths count Unicode characters, not UTF-16 units.
    const length = value.length > lengthMax ? Array.from(value).length : value.length;
    if (length < lengthMin || length > lengthMax)
      return invalid(name, value, `have ${lengthMin} to ${lengthMax} characters`);
    if (pattern && !pattern.test(value)) return invalid(name, value, `match ${pattern.source}`);
    return value;
  };
}

export function oneOf<const Value extends string>(...allowed: readonly Value[]): Field<Value | undefined> {
  return (value, name) => {
    if (value === undefined) return undefined;
    const found = allowed.find((each) => each === value);
    return found ?? invalid(name, value, `be one of ${allowed.join(', ')}`);
  };
}

export function integer(least: number, most: number): Field<number | undefined> {
  return (value, name) => {
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value)) return wrongType(name, 'an integer');
    return value >= least && value <= most ? value : invalid(name, value, `lie between ${least} and ${most}`);
  };
}

/** Epoch seconds with a fraction in JSON, a Date after CBOR; read as epoch milliseconds. */
export const timeMs: Field<number | undefined> = (value, name) => {
  if (value === undefined) return undefined;
  const ms =
    value instanceof Date ? value.getTime() : typeof value === 'number' ? Math.round(value * 1000) : Number.NaN;
  return Number.isFinite(ms) ? ms : wrongType(name, 'a time in epoch seconds');
};

/** Base64 in JSON, bytes after CBOR. */
export const blob: Field<Buffer | undefined> = (value, name) => {
  if (value === undefined || Buffer.isBuffer(value)) return value;
  if (typeof value !== 'string') return wrongType(name, 'base64');
  const isBase64 = value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
  return isBase64 ? Buffer.from(value, 'base64') : wrongType(name, 'base64');
};

export const hashKey: Field<bigint | undefined> = (value, name) => {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^(?:0|[1-9]\d{0,38})$/.test(value))
    return invalid(name, value, 'be a decimal integer');
  const key = BigInt(value);
  return key <= HASH_KEY_MAX
    ? key
    : new Refusal('InvalidArgumentException', `${name} ${value} is out of range: the largest is 2^128 - 1.`);
};

/** A map of texts, such as tags. */
export function textMap(entriesMax: number): Field<Readonly<Record<string, string>> | undefined> {
  return (value, name) => {
    if (value === undefined) return undefined;
    if (!isInput(value)) return wrongType(name, 'a map');
    const entries = Object.entries(value);
    if (entries.length > entriesMax) return invalid(name, entries.length, `have at most ${entriesMax} entries`);
    const texts: [string, string][] = [];
    for (const [key, each] of entries) {
      if (typeof each !== 'string') return wrongType(`${name}.${key}`, 'a string');
      texts.push([key, each]);
    }
    return Object.fromEntries(texts);
  };
}

export function object<const Shape extends Fields>(shape: Shape): Field<Read<Shape> | undefined> {
  return (value, name) => {
    if (value === undefined) return undefined;
    return isInput(value) ? readInput(value, shape) : wrongType(name, 'an object');
  };
}

export function list<const Shape extends Fields>(
  shape: Shape,
  lengthMin: number,
  lengthMax: number,
): Field<readonly Read<Shape>[] | undefined> {
  return (value, name) => {
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) return wrongType(name, 'a list');
    if (value.length < lengthMin || value.length > lengthMax) {
      return invalid(name, `${value.length} members`, `have ${lengthMin} to ${lengthMax} members`);
    }
    const read = object(shape);
    const members: Read<Shape>[] = [];
    for (const [position, each] of value.entries()) {
      const member = read(each, `${name}.${position + 1}.member`);
      if (member instanceof Refusal) return member;
      if (member === undefined) return wrongType(`${name}.${position + 1}.member`, 'an object');
      members.push(member);
    }
    return members;
  };
}

/** For a parameter that the API has and the local cloud does not: refused rather than passed over in silence. */
export function unsupported(...harmless: readonly unknown[]): Field<undefined> {
  return (value, name) =>
    value === undefined || harmless.includes(value)
      ? undefined
      : new Refusal('InvalidArgumentException', `The local cloud does not do ${name} = ${JSON.stringify(value)}.`);
}

export function isInput(value: unknown): value is Input {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}

const SHOWN_LENGTH_MAX = 100;

function invalid(name: string, value: unknown, expectation: string): Refusal {
  const shown = JSON.stringify(value ?? null).slice(0, SHOWN_LENGTH_MAX);
  return new Refusal('ValidationException', `Value ${shown} at '${name}' is not valid: it must ${expectation}.`);
}

function wrongType(name: string, expected: string): Refusal {
  return new Refusal('SerializationException', `'${name}' must be ${expected}.`);
}
