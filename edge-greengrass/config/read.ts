/**
 * Small readers that compose into the shape of a gateway's configuration. Other than the checks of the city's own
 * configuration they go on after a mistake, so that whoever wrote it hears of all of them at once, and they take numbers
 * and flags that arrive as text.
 */

import { isName, NAME_RULE } from '../../core/schema/names.ts';
import { type Place, refuse, within } from './finding.ts';
import { likelyUnit, numberOf, quantityOf, type Unit } from './units.ts';

/** What a value says, or nothing where it is wrong, which is then reported. */
export type Read<T> = (value: unknown, place: Place) => T | undefined;

/** One key of an object. */
export interface Field<T> {
  readonly read: Read<T>;
  readonly whenAbsent: { readonly isAllowed: false } | { readonly isAllowed: true; readonly value: T };
}

type Fields = Readonly<Record<string, Field<unknown>>>;
type ValueOf<F> = F extends Field<infer T> ? T : never;

const TEXT_LENGTH_MAX = 200;
/** Of a path, or of a PKCS #11 URI in its place. */
const PATH_LENGTH_MAX = 1000;
/** A list that is longer is a mistake, or meant to do harm. */
const LIST_LENGTH_MAX = 1000;

export function required<T>(read: Read<T>): Field<T> {
  return { read, whenAbsent: { isAllowed: false } };
}

export function optional<T>(read: Read<T>): Field<T | undefined>;
export function optional<T>(read: Read<T>, fallback: T): Field<T>;
export function optional<T>(read: Read<T>, fallback?: T): Field<T | undefined> {
  return { read, whenAbsent: { isAllowed: true, value: fallback } };
}

/** An object all of whose keys have defaults, and which therefore may be absent. */
export function filledIn<T>(read: Read<T>): Field<T> {
  return required((value, place) => read(value ?? {}, place));
}

/** An object of exactly these keys: one that is not known is most likely misspelt. A key without a value is absent. */
export function object<F extends Fields>(fields: F): Read<{ readonly [K in keyof F]: ValueOf<F[K]> }> {
  return (value, place) => {
    if (!isObject(value)) return refuse(place, value, `an object of ${Object.keys(fields).join(', ')}`);
    let isWhole = true;
    for (const key of Object.keys(value)) {
      if (Object.hasOwn(fields, key)) continue;
      refuse(within(place, key), value[key], 'no such key', nearest(key, Object.keys(fields)));
      isWhole = false;
    }
    const read: Record<string, unknown> = {};
    for (const [key, field] of Object.entries(fields)) {
      const entry = entryOf(value, key);
      const { whenAbsent } = field;
      if (entry === undefined && whenAbsent.isAllowed) read[key] = whenAbsent.value;
      else read[key] = field.read(entry, within(place, key));
      if (read[key] === undefined && !(entry === undefined && whenAbsent.isAllowed)) isWhole = false;
    }
    return isWhole ? (read as { readonly [K in keyof F]: ValueOf<F[K]> }) : undefined;
  };
}

export function list<T>(element: Read<T>, { min = 0, max = LIST_LENGTH_MAX } = {}): Read<readonly T[]> {
  return (value, place) => {
    const isList = Array.isArray(value) && value.length >= min && value.length <= max;
    if (!isList) return refuse(place, value, `a list of ${min} to ${max}`);
    const read = value.map((each: unknown, index) => element(each, within(place, index)));
    return read.includes(undefined) ? undefined : (read as readonly T[]);
  };
}

/** A list no two of whose entries have the same key; `field` is where it is written. */
export function uniqueBy<T>(field: string, read: Read<readonly T[]>, keyOf: (entry: T) => string): Read<readonly T[]> {
  return mapped(read, (entries, place) => {
    const seen = new Set<string>();
    for (const [index, entry] of entries.entries()) {
      const key = keyOf(entry);
      if (seen.has(key)) return refuse(within(within(place, index), field), key, 'each only once');
      seen.add(key);
    }
    return entries;
  });
}

/** An object of any keys that pass `isKey`; `keyRule` says in words which those are. */
export function record<T>(isKey: (key: string) => boolean, keyRule: string, entry: Read<T>): Read<Record<string, T>> {
  return (value, place) => {
    if (!isObject(value)) return refuse(place, value, 'an object');
    const read: [string, T | undefined][] = Object.keys(value).map((key) => {
      const there = within(place, key);
      return [key, isKey(key) ? entry(value[key], there) : refuse(there, key, keyRule)];
    });
    return read.some(([, each]) => each === undefined) ? undefined : (Object.fromEntries(read) as Record<string, T>);
  };
}

export const text: Read<string> = textUpTo(TEXT_LENGTH_MAX);

export const filePath: Read<string> = textUpTo(PATH_LENGTH_MAX);

export const name: Read<string> = textThat(isName, NAME_RULE);

function textUpTo(lengthMax: number): Read<string> {
  // No file's name holds a zero, and no text needs one.
  const holds = (value: string): boolean => value !== '' && value.length <= lengthMax && !value.includes('\0');
  return textThat(holds, `a text of 1 to ${lengthMax} characters`);
}

/** A text that `holds`; `rule` says in words what that means. */
export function textThat(holds: (text: string) => boolean, rule: string): Read<string> {
  return (value, place) => {
    if (typeof value === 'string' && holds(value)) return value;
    // An unquoted 3.10 is the number 3.1: what was meant cannot be told any more.
    const remedy = typeof value === 'number' || typeof value === 'boolean' ? 'put it in quotes' : undefined;
    return refuse(place, value, rule, remedy);
  };
}

export const flag: Read<boolean> = (value, place) => {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  return refuse(place, value, 'true or false');
};

export interface NumberRule {
  /** Both limits inclusive. */
  readonly min: number;
  readonly max: number;
  readonly unit?: Unit;
  readonly isWhole?: true;
  /** How to mend what lies outside of the limits. */
  readonly remedy?: string;
}

/** A number without its unit, which the key names; one that is written in another unit is named in the right one. */
export function number({ min, max, unit, isWhole, remedy }: NumberRule): Read<number> {
  const rule = `a ${isWhole ? 'whole ' : ''}number${unit ? ` of ${unit}` : ''} from ${min} to ${max}`;
  return (value, place) => {
    const read = numberOf(value);
    if (read === undefined) {
      const meant = unit && quantityOf(value, unit);
      return refuse(place, value, rule, meant === undefined ? undefined : `write ${meant}`);
    }
    if (read >= min && read <= max && (!isWhole || Number.isInteger(read))) return read;
    const likely = unit && likelyUnit(read, unit, min, max);
    return refuse(place, value, rule, likely ? `if that was ${likely.unit}, write ${likely.number}` : remedy);
  };
}

export function whole(min: number, max: number, unit?: Unit): Read<number> {
  return number({ min, max, isWhole: true, ...(unit && { unit }) });
}

/** A number with its unit, such as `100Hz`. */
export function quantity(unit: Unit, min: number, max: number): Read<number> {
  return (value, place) => {
    const read = quantityOf(value, unit);
    if (read !== undefined && read >= min && read <= max) return read;
    const bare = numberOf(value);
    const remedy = bare !== undefined && bare >= min && bare <= max ? `write ${bare}${unit}` : undefined;
    return refuse(place, value, `a number with its unit, from ${min}${unit} to ${max}${unit}`, remedy);
  };
}

/** A word of the configuration → what it stands for. */
export function choice<T>(words: Readonly<Record<string, T>>): Read<T> {
  const known = Object.keys(words);
  return (value, place) => {
    if (typeof value === 'string' && Object.hasOwn(words, value)) return words[value];
    const similar = typeof value === 'string' ? known.find((word) => word.toLowerCase() === value.toLowerCase()) : '';
    return refuse(place, value, `one of ${known.join(', ')}`, similar ? `write ${similar}` : undefined);
  };
}

export function oneOf<const W extends string>(...words: readonly W[]): Read<W> {
  return choice(Object.fromEntries(words.map((word) => [word, word])) as Record<W, W>);
}

/** What `read` says, as something else; `become` may refuse it. */
export function mapped<T, U>(read: Read<T>, become: (value: T, place: Place) => U | undefined): Read<U> {
  return (value, place) => {
    const said = read(value, place);
    return said === undefined ? undefined : become(said, place);
  };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** In YAML a key with nothing behind it holds null, and is as good as absent. */
export function entryOf(value: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(value, key) ? (value[key] ?? undefined) : undefined;
}

function nearest(key: string, known: readonly string[]): string {
  const [best] = known
    .map((name) => ({ name, edits: editsBetween(key.toLowerCase(), name) }))
    .sort((one, other) => one.edits - other.edits);
  return best && best.edits <= Math.max(2, key.length / 4)
    ? `did you mean ${best.name}?`
    : `known here are ${known.join(', ')}`;
}

/** Levenshtein's distance: how many letters to put in, take out or change. */
function editsBetween(from: string, to: string): number {
  // A key that is much longer than the known ones is none of them misspelt.
  if (from.length > 2 * to.length + 2) return Infinity;
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line += 1) {
    const next = [line];
    for (let column = 1; column <= to.length; column += 1) {
      const [left = 0, above = 0, diagonal = 0] = [next[column - 1], row[column], row[column - 1]];
      const change = from[line - 1] === to[column - 1] ? 0 : 1;
      next.push(Math.min(left + 1, above + 1, diagonal + change));
    }
    row = next;
  }
  return row.at(-1) ?? Infinity;
}
