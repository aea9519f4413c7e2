import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { findTable, type Table } from '../storage/catalog.ts';
import { hasAggregate, keyOf, refuseAggregates, requireGrouped } from './grouping.ts';
import { refuseQuery } from './refuse-query.ts';
import { createScope, type Scope, tableColumns } from './scope.ts';
import type { SqlType } from './sql-type.ts';
import type { Expression, OrderItem, Query } from './syntax.ts';
import { requireTruth, translateExpression } from './translate-expression.ts';

export interface ResultColumn {
  readonly name: string;
  readonly type: SqlType;
}

export interface TranslatedQuery {
  readonly sql: string;
  readonly parameters: readonly SQLInputValue[];
  readonly columns: readonly ResultColumn[];
}

interface OutputColumn extends ResultColumn {
  readonly expression: Expression;
  readonly sql: string;
}

const DAY_NS = 86_400_000_000_000n;

/** Refuses with ValidationException what the table does not have and what does not fit by type or grouping. */
export function translateQuery(database: DatabaseSync, query: Query, nowMs: number): TranslatedQuery {
  const table = query.from && findQueriedTable(database, query.from);
  const scope = createScope(table === undefined ? [] : tableColumns(database, table), nowMs);
  const output = translateSelect(query, scope);
  const groups = query.groupBy.map((group) => resolveGroup(group, output));
  checkGrouping(query, output, groups);
  const clauses = [
    `SELECT ${query.distinct ? 'DISTINCT ' : ''}${output.map(({ sql }) => sql).join(', ')}`,
    ...(table === undefined ? [] : [translateFrom(table)]),
    ...translateWhere(query, scope, table),
    ...(groups.length === 0
      ? []
      : [`GROUP BY ${groups.map((group) => translateExpression(group, scope).sql).join(', ')}`]),
    ...(query.having === undefined ? [] : [`HAVING ${requireTruth(query.having, scope)}`]),
    ...(query.orderBy.length === 0
      ? []
      : [`ORDER BY ${query.orderBy.map((item) => translateOrder(item, query, output, scope)).join(', ')}`]),
    ...(query.limit === undefined ? [] : [`LIMIT ${scope.bind(query.limit)}`]),
  ];
  return {
    sql: clauses.join(' '),
    parameters: scope.parameters,
    columns: output.map(({ name, type }) => ({ name, type })),
  };
}

function findQueriedTable(database: DatabaseSync, from: NonNullable<Query['from']>): Table {
  return (
    findTable(database, from.database, from.table) ??
    refuseQuery(from.at, `Table '${from.database}.${from.table}' does not exist`)
  );
}

/** CROSS JOIN tells SQLite to look for the series first: see `record-table.ts`. */
function translateFrom({ id }: Table): string {
  return `FROM series_${id} AS s CROSS JOIN records_${id} AS r ON r.series = s.id`;
}

/** Records that are past the magnetic store's retention are gone, whether or not they still lie in the file. */
function translateWhere(query: Query, scope: Scope, table: Table | undefined): readonly string[] {
  const retainedFrom = table === undefined ? 0n : scope.now - BigInt(table.retention.magneticDays) * DAY_NS;
  if (query.where !== undefined) {
    refuseAggregates([query.where], 'WHERE');
  }
  const conditions = [
    ...(retainedFrom > 0n ? [`r.time >= ${scope.bind(retainedFrom)}`] : []),
    ...(query.where === undefined ? [] : [requireTruth(query.where, scope)]),
  ];
  return conditions.length === 0 ? [] : [`WHERE ${conditions.join(' AND ')}`];
}

/** A column without a name of its own is called `_col` and its place, from 0. */
function translateSelect({ select }: Query, scope: Scope): readonly OutputColumn[] {
  const output: OutputColumn[] = [];
  for (const item of select) {
    if (item.kind === 'all') {
      if (scope.columns.length === 0) {
        refuseQuery(item.at, 'SELECT * needs FROM');
      }
      output.push(
        ...scope.columns.map(({ name, type, sql }): OutputColumn => {
          return { name, type, sql, expression: { kind: 'column', name, at: item.at } };
        }),
      );
    } else {
      const { expression, alias } = item;
      const name = alias ?? (expression.kind === 'column' ? expression.name : `_col${output.length}`);
      const { sql, type } = translateExpression(expression, scope);
      output.push({ name, type, sql, expression });
    }
  }
  return output;
}

/** A number is the place of a column of the SELECT list, from 1. */
function resolveGroup(group: Expression, output: readonly OutputColumn[]): Expression {
  const place = placeOf(group);
  return place === undefined ? group : requirePlace(place, group, output).expression;
}

function placeOf(expression: Expression): number | undefined {
  return expression.kind === 'literal' && typeof expression.value === 'bigint' && expression.type === 'INTEGER'
    ? Number(expression.value)
    : undefined;
}

function requirePlace(place: number, { at }: Expression, output: readonly OutputColumn[]): OutputColumn {
  return output[place - 1] ?? refuseQuery(at, `position ${place} is not in the select list of ${output.length}`);
}

function checkGrouping(query: Query, output: readonly OutputColumn[], groups: readonly Expression[]): void {
  refuseAggregates(groups, 'GROUP BY');
  const outputExpressions = output.map(({ expression }) => expression);
  const orderExpressions = query.orderBy.map(({ expression }) => expression);
  const aggregated =
    groups.length > 0 || query.having !== undefined || [...outputExpressions, ...orderExpressions].some(hasAggregate);
  if (!aggregated) {
    return;
  }
  const groupKeys = new Set(groups.map(keyOf));
  const namedByOutput = (expression: Expression): boolean => findOutput(expression, output) !== undefined;
  const expressions = [
    ...outputExpressions,
    ...(query.having === undefined ? [] : [query.having]),
    ...orderExpressions.filter((expression) => !namedByOutput(expression)),
  ];
  for (const expression of expressions) {
    requireGrouped(expression, groupKeys);
  }
}

/** Which column of the result an ORDER BY item means, by its place or its name; the index from 0. */
function findOutput(expression: Expression, output: readonly OutputColumn[]): number | undefined {
  const place = placeOf(expression);
  if (place !== undefined) {
    requirePlace(place, expression, output);
    return place - 1;
  }
  if (expression.kind !== 'column') {
    return undefined;
  }
  const index = output.findIndex(({ name }) => name.toLowerCase() === expression.name.toLowerCase());
  return index === -1 ? undefined : index;
}

function translateOrder(item: OrderItem, query: Query, output: readonly OutputColumn[], scope: Scope): string {
  const { expression, descending, nullsFirst } = item;
  const index = findOutput(expression, output) ?? findEqual(expression, output);
  if (query.distinct && index === undefined) {
    refuseQuery(expression.at, 'For SELECT DISTINCT, ORDER BY expressions must appear in select list');
  }
  const sorted = index === undefined ? translateExpression(expression, scope).sql : String(index + 1);
  const sortedExpression = index === undefined ? expression : output[index]?.expression;
  return `${sorted}${descending ? ' DESC' : ''}${translateNulls(sortedExpression, nullsFirst, scope)}`;
}

function findEqual(expression: Expression, output: readonly OutputColumn[]): number | undefined {
  const key = keyOf(expression);
  const index = output.findIndex((column) => keyOf(column.expression) === key);
  return index === -1 ? undefined : index;
}

/** Left out where there are no nulls, since SQLite could not read such an order from an index. */
function translateNulls(expression: Expression | undefined, nullsFirst: boolean, scope: Scope): string {
  const column = expression?.kind === 'column' ? scope.findColumn(expression.name) : undefined;
  if (column?.nullable === false) {
    return '';
  }
  return nullsFirst ? ' NULLS FIRST' : ' NULLS LAST';
}
