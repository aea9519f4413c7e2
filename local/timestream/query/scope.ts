import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { listColumns, type Table } from '../storage/catalog.ts';
import { sqlName } from '../storage/table-columns.ts';
import type { SqlType } from './sql-type.ts';

/** A piece of SQLite's SQL and the type of its value. It holds no text of the query: values are bound, names mapped. */
export interface Fragment {
  readonly sql: string;
  readonly type: SqlType;
}

export interface ScopeColumn extends Fragment {
  readonly name: string;
  readonly nullable: boolean;
}

/** What a query's expressions can refer to. */
export interface Scope {
  /** In the order of `SELECT *`. */
  readonly columns: readonly ScopeColumn[];
  /** `now()`, the same throughout a query. Nanoseconds since 1970. */
  readonly now: bigint;
  /** By its exact name, else by the first that differs in case only. */
  findColumn(name: string): ScopeColumn | undefined;
  /** Returns the parameter's place. Equal values share one, so that equal expressions are equal SQL. */
  bind(value: SQLInputValue): string;
  readonly parameters: readonly SQLInputValue[];
}

export function createScope(columns: readonly ScopeColumn[], nowMs: number): Scope {
  const exact = new Map(columns.map((column) => [column.name, column]));
  const folded = new Map(columns.toReversed().map((column) => [column.name.toLowerCase(), column]));
  const places = new Map<SQLInputValue, string>();
  const parameters: SQLInputValue[] = [];
  return {
    columns,
    now: BigInt(nowMs) * 1_000_000n,
    findColumn: (name) => exact.get(name) ?? folded.get(name.toLowerCase()),
    bind(value) {
      const place = places.get(value) ?? `?${parameters.push(value)}`;
      places.set(value, place);
      return place;
    },
    parameters,
  };
}

/** The columns of a table: dimensions, measure_name, time, then measures. Series are `s` and records `r` in SQL. */
export function tableColumns(database: DatabaseSync, table: Table): readonly ScopeColumn[] {
  const columns = listColumns(database, table.id).map((column) => ({ ...column, sqlName: sqlName(column) }));
  const dimensions = columns.filter(({ role }) => role === 'dimension');
  const measures = columns.filter(({ role }) => role === 'measure');
  return [
    ...dimensions.map(({ name, type, sqlName }) => ({ name, type, sql: `s.${sqlName}`, nullable: true })),
    { name: 'measure_name', type: 'VARCHAR', sql: 's.measure_name', nullable: false },
    { name: 'time', type: 'TIMESTAMP', sql: 'r.time', nullable: false },
    ...measures.map(({ name, type, sqlName }) => ({ name, type, sql: `r.${sqlName}`, nullable: true })),
  ];
}
