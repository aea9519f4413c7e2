/** Which expressions may stand beside aggregates. SQLite would take any column and pick a row; Timestream refuses. */

import { AGGREGATE_FUNCTIONS } from './aggregate-functions.ts';
import { refuseQuery } from './refuse-query.ts';
import { childrenOf, type Expression } from './syntax.ts';

function isAggregate(expression: Expression): boolean {
  return expression.kind === 'call' && AGGREGATE_FUNCTIONS.has(expression.name);
}

export function hasAggregate(expression: Expression): boolean {
  return isAggregate(expression) || childrenOf(expression).some(hasAggregate);
}

export function refuseAggregates(expressions: readonly Expression[], clause: string): void {
  for (const expression of expressions) {
    if (hasAggregate(expression)) {
      refuseQuery(expression.at, `${clause} cannot contain aggregations`);
    }
  }
}

/** Two expressions with one key mean the same, wherever they stand in the query. */
export function keyOf(expression: Expression): string {
  return JSON.stringify(expression, (member, value: unknown) => {
    if (member === 'at') {
      return undefined;
    }
    if (typeof value === 'bigint') {
      return value.toString();
    }
    return member === 'name' && typeof value === 'string' ? value.toLowerCase() : value;
  });
}

/** Refuses columns that are neither grouped by nor inside of an aggregate, and aggregates inside of aggregates. */
export function requireGrouped(expression: Expression, groupKeys: ReadonlySet<string>): void {
  if (groupKeys.has(keyOf(expression))) {
    return;
  }
  if (isAggregate(expression)) {
    refuseAggregates(childrenOf(expression), 'an aggregate function');
    return;
  }
  if (expression.kind === 'column') {
    refuseQuery(expression.at, `'${expression.name}' must be an aggregate expression or appear in GROUP BY clause`);
  }
  for (const child of childrenOf(expression)) {
    requireGrouped(child, groupKeys);
  }
}
