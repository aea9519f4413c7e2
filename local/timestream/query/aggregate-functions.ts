/** Functions over the rows of a group. Names and meaning: Timestream developer guide, page "Aggregate functions". */

import type { Fragment } from './scope.ts';
import type { Parameter } from './signature.ts';
import { isInteger, type SqlType } from './sql-type.ts';

export interface AggregateFunction {
  readonly parameters: readonly Parameter[];
  /** Of SQLite, or of `sql-functions.ts`. */
  readonly sqlFunction: string;
  /** Counts every value once even where the query does not say DISTINCT. */
  readonly alwaysDistinct?: boolean;
  type(given: readonly Fragment[]): SqlType;
}

function firstType([first]: readonly Fragment[]): SqlType {
  return first?.type ?? 'UNKNOWN';
}

function statistic(sqlFunction: string): AggregateFunction {
  return { parameters: ['number'], sqlFunction, type: () => 'DOUBLE' };
}

export const AGGREGATE_FUNCTIONS: ReadonlyMap<string, AggregateFunction> = new Map<string, AggregateFunction>([
  ['approx_distinct', { parameters: ['any'], sqlFunction: 'count', alwaysDistinct: true, type: () => 'BIGINT' }],
  ['approx_percentile', { parameters: ['number', 'number'], sqlFunction: 'ts_percentile', type: firstType }],
  ['avg', statistic('avg')],
  ['count', { parameters: ['any'], sqlFunction: 'count', type: () => 'BIGINT' }],
  ['max', { parameters: ['any'], sqlFunction: 'max', type: firstType }],
  ['max_by', { parameters: ['any', 'any'], sqlFunction: 'ts_max_by', type: firstType }],
  ['min', { parameters: ['any'], sqlFunction: 'min', type: firstType }],
  ['min_by', { parameters: ['any', 'any'], sqlFunction: 'ts_min_by', type: firstType }],
  ['stddev', statistic('ts_stddev_samp')],
  ['stddev_pop', statistic('ts_stddev_pop')],
  ['stddev_samp', statistic('ts_stddev_samp')],
  [
    'sum',
    {
      parameters: ['number'],
      sqlFunction: 'sum',
      type: (given) => (isInteger(firstType(given)) ? 'BIGINT' : 'DOUBLE'),
    },
  ],
  ['var_pop', statistic('ts_var_pop')],
  ['var_samp', statistic('ts_var_samp')],
  ['variance', statistic('ts_var_samp')],
]);
