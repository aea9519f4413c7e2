import { type Position, refuseQuery } from './refuse-query.ts';
import type { Fragment } from './scope.ts';
import { isInteger, nameOf, type SqlType } from './sql-type.ts';

/** SQL for a value of one type as another. A text that does not read as the type fails the query, as in the service. */
const CASTS: Readonly<Record<string, (sql: string) => string>> = {
  'BIGINT to DOUBLE': (sql) => `CAST(${sql} AS REAL)`,
  'BIGINT to BOOLEAN': (sql) => `(${sql} <> 0)`,
  'BIGINT to VARCHAR': (sql) => `CAST(${sql} AS TEXT)`,
  'BOOLEAN to BIGINT': (sql) => sql,
  'BOOLEAN to DOUBLE': (sql) => `CAST(${sql} AS REAL)`,
  'BOOLEAN to VARCHAR': (sql) => `CASE ${sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END`,
  'DOUBLE to BIGINT': (sql) => `CAST(round(${sql}) AS INTEGER)`,
  'DOUBLE to BOOLEAN': (sql) => `(${sql} <> 0)`,
  'DOUBLE to VARCHAR': (sql) => `ts_format_double(${sql})`,
  'TIMESTAMP to VARCHAR': (sql) => `ts_format_time(${sql})`,
  'VARCHAR to BIGINT': (sql) => `ts_parse_bigint(${sql})`,
  'VARCHAR to BOOLEAN': (sql) => `ts_parse_boolean(${sql})`,
  'VARCHAR to DOUBLE': (sql) => `ts_parse_double(${sql})`,
  'VARCHAR to TIMESTAMP': (sql) => `ts_parse_time(${sql})`,
};

export function translateCast({ sql, type }: Fragment, wanted: SqlType, at: Position): Fragment {
  const from = wide(type);
  const to = wide(wanted);
  if (from === to || type === 'UNKNOWN') {
    return { sql, type: wanted };
  }
  const cast = CASTS[`${from} to ${to}`] ?? refuseQuery(at, `Cannot cast ${nameOf(type)} to ${nameOf(wanted)}`);
  return { sql: cast(sql), type: wanted };
}

/** Integers of 32 and 64 bits are stored alike. */
function wide(type: SqlType): SqlType {
  return isInteger(type) && type !== 'UNKNOWN' ? 'BIGINT' : type;
}
