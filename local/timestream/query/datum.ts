import type { SQLOutputValue } from 'node:sqlite';
import { refuse } from '../refusal.ts';
import { formatDouble } from './double.ts';
import type { SqlType } from './sql-type.ts';
import { formatInterval, formatTime } from './time.ts';

/** A value of a result as the API carries it: as text, whatever its type. */
export type Datum = { readonly NullValue: true } | { readonly ScalarValue: string };

export function toDatum(value: SQLOutputValue, type: SqlType): Datum {
  return value === null ? { NullValue: true } : { ScalarValue: toText(value, type) };
}

function toText(value: NonNullable<SQLOutputValue>, type: SqlType): string {
  switch (type) {
    case 'BIGINT':
    case 'INTEGER':
      return requireInteger(value).toString();
    case 'BOOLEAN':
      return requireInteger(value) === 0n ? 'false' : 'true';
    case 'DOUBLE':
      return formatDouble(Number(value));
    case 'TIMESTAMP':
      return formatTime(requireTime(requireInteger(value)));
    case 'INTERVAL_DAY_TO_SECOND':
      return formatInterval(requireInteger(value));
    default:
      return String(value);
  }
}

/** SQLite goes on with a double where integers overflow; Timestream fails the query. */
function requireInteger(value: NonNullable<SQLOutputValue>): bigint {
  return typeof value === 'bigint' ? value : refuse('QueryExecutionException', `numeric overflow: ${String(value)}`);
}

function requireTime(time: bigint): bigint {
  return time < 0n ? refuse('QueryExecutionException', 'Timestream does not support negative times') : time;
}
