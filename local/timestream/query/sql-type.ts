import type { Position } from './refuse-query.ts';
import { refuseQuery } from './refuse-query.ts';

/** `UNKNOWN` is the type of a bare NULL, which goes with every type. Boolean values are 0 and 1, times nanoseconds. */
export type SqlType =
  | 'BIGINT'
  | 'BOOLEAN'
  | 'DOUBLE'
  | 'INTEGER'
  | 'INTERVAL_DAY_TO_SECOND'
  | 'TIMESTAMP'
  | 'UNKNOWN'
  | 'VARCHAR';

export function isInteger(type: SqlType): boolean {
  return type === 'BIGINT' || type === 'INTEGER' || type === 'UNKNOWN';
}

export function isNumber(type: SqlType): boolean {
  return type === 'DOUBLE' || isInteger(type);
}

export function is(type: SqlType, wanted: SqlType): boolean {
  return type === wanted || type === 'UNKNOWN';
}

/** The type that holds values of both, or undefined where there is none: nothing turns into text by itself. */
function commonType(a: SqlType, b: SqlType): SqlType | undefined {
  if (a === b || b === 'UNKNOWN') {
    return a;
  }
  if (a === 'UNKNOWN') {
    return b;
  }
  if (!isNumber(a) || !isNumber(b)) {
    return undefined;
  }
  return a === 'DOUBLE' || b === 'DOUBLE' ? 'DOUBLE' : 'BIGINT';
}

export function requireCommonType(types: readonly SqlType[], at: Position, what: string): SqlType {
  return types.reduce(
    (common, type) =>
      commonType(common, type) ?? refuseQuery(at, `${what} cannot be applied to ${nameOf(common)}, ${nameOf(type)}`),
    'UNKNOWN',
  );
}

/** As SQL writes it. */
export function nameOf(type: SqlType): string {
  return type === 'INTERVAL_DAY_TO_SECOND' ? 'interval day to second' : type.toLowerCase();
}
