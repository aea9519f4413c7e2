/**
 * Functions of one row. Names and meaning: Timestream developer guide, pages "Date / time functions", "Mathematical
 * functions", "String functions" and "Conditional expressions".
 */

import { type Position, refuseQuery } from './refuse-query.ts';
import type { Fragment, Scope } from './scope.ts';
import type { Parameter } from './signature.ts';
import { isInteger, requireCommonType } from './sql-type.ts';

export interface ScalarFunction {
  readonly parameters: readonly Parameter[];
  readonly optional?: number;
  translate(given: readonly Fragment[], context: { readonly scope: Scope; readonly at: Position }): Fragment;
}

const NO_ARGUMENT: Fragment = { sql: 'NULL', type: 'UNKNOWN' };

/** A place that `Scope.bind` gave, so a value that the query spells out. */
const BOUND_VALUE = /^\?\d+$/;

/** A function whose SQL is its first argument put into a pattern. */
function wrap(parameter: Parameter, type: Fragment['type'], sql: (operand: string) => string): ScalarFunction {
  return { parameters: [parameter], translate: ([operand = NO_ARGUMENT]) => ({ sql: sql(operand.sql), type }) };
}

/** Rounding changes nothing in an integer, which also stays one. */
function rounding(sqlFunction: string): ScalarFunction {
  return {
    parameters: ['number'],
    translate: ([operand = NO_ARGUMENT]) =>
      isInteger(operand.type) ? operand : { sql: `${sqlFunction}(${operand.sql})`, type: 'DOUBLE' },
  };
}

const TIME_FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  now: { parameters: [], translate: (_, { scope }) => ({ sql: scope.bind(scope.now), type: 'TIMESTAMP' }) },
  ago: {
    parameters: ['interval'],
    translate: ([length = NO_ARGUMENT], { scope }) => ({
      sql: `(${scope.bind(scope.now)} - ${length.sql})`,
      type: 'TIMESTAMP',
    }),
  },
  bin: {
    parameters: ['timestamp', 'interval'],
    // Integer division rounds down, since times are not negative.
    translate([time = NO_ARGUMENT, width = NO_ARGUMENT], { at }) {
      if (!BOUND_VALUE.test(width.sql)) {
        refuseQuery(at, 'the local cloud wants the width of bin() spelled out, such as 15m');
      }
      return { sql: `(${time.sql} / ${width.sql} * ${width.sql})`, type: 'TIMESTAMP' };
    },
  },
  date_trunc: {
    parameters: ['varchar', 'timestamp'],
    translate: ([unit = NO_ARGUMENT, time = NO_ARGUMENT]) => ({
      sql: `ts_date_trunc(${unit.sql}, ${time.sql})`,
      type: 'TIMESTAMP',
    }),
  },
  from_iso8601_timestamp: wrap('varchar', 'TIMESTAMP', (text) => `ts_parse_time(${text})`),
  from_milliseconds: wrap('integer', 'TIMESTAMP', (count) => `(${count} * 1000000)`),
  from_nanoseconds: wrap('integer', 'TIMESTAMP', (count) => count),
  from_unixtime: wrap('number', 'TIMESTAMP', (seconds) => `CAST(${seconds} * 1000000000 AS INTEGER)`),
  to_iso8601: wrap('timestamp', 'VARCHAR', (time) => `ts_format_iso8601(${time})`),
  to_milliseconds: wrap('timestamp or interval', 'BIGINT', (length) => `(${length} / 1000000)`),
  to_nanoseconds: wrap('timestamp or interval', 'BIGINT', (length) => length),
  to_unixtime: wrap('timestamp', 'DOUBLE', (time) => `(${time} / 1e9)`),
};

const NUMBER_FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  abs: {
    parameters: ['number'],
    translate: ([operand = NO_ARGUMENT]) => ({ sql: `abs(${operand.sql})`, type: operand.type }),
  },
  ceil: rounding('ceil'),
  ceiling: rounding('ceil'),
  floor: rounding('floor'),
  round: {
    parameters: ['number', 'integer'],
    optional: 1,
    translate: ([operand = NO_ARGUMENT, digits = { sql: '0', type: 'INTEGER' }]) =>
      isInteger(operand.type) ? operand : { sql: `round(${operand.sql}, ${digits.sql})`, type: 'DOUBLE' },
  },
};

const TEXT_FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  length: wrap('varchar', 'BIGINT', (text) => `length(${text})`),
  lower: wrap('varchar', 'VARCHAR', (text) => `ts_lower(${text})`),
  upper: wrap('varchar', 'VARCHAR', (text) => `ts_upper(${text})`),
};

/** A list that no query fills. */
const ARGUMENTS_MAX = 50;

const COALESCE: ScalarFunction = {
  parameters: Array<Parameter>(ARGUMENTS_MAX).fill('any'),
  optional: ARGUMENTS_MAX - 2,
  translate(given, { at }) {
    const types = given.map(({ type }) => type);
    return {
      sql: `coalesce(${given.map(({ sql }) => sql).join(', ')})`,
      type: requireCommonType(types, at, 'COALESCE'),
    };
  },
};

export const SCALAR_FUNCTIONS: ReadonlyMap<string, ScalarFunction> = new Map(
  Object.entries({ ...TIME_FUNCTIONS, ...NUMBER_FUNCTIONS, ...TEXT_FUNCTIONS, coalesce: COALESCE }),
);
