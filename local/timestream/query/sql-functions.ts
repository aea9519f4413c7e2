/** What SQLite lacks, in JavaScript. Integers come and go as bigint, doubles as number. */

import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { refuse } from '../refusal.ts';
import { formatDouble } from './double.ts';
import { formatTime, NANOSECONDS_PER_UNIT, parseTime } from './time.ts';

type Value = SQLOutputValue;

export function registerSqlFunctions(database: DatabaseSync): void {
  for (const [name, apply] of Object.entries(SCALARS)) {
    const options = { deterministic: true, useBigIntArguments: true, varargs: true };
    database.function(name, options, (...given) => (given.includes(null) ? null : apply(...given)));
  }
  registerAggregate(
    database,
    'ts_max_by',
    extremeBy((a, b) => a > b),
  );
  registerAggregate(
    database,
    'ts_min_by',
    extremeBy((a, b) => a < b),
  );
  registerAggregate(database, 'ts_percentile', PERCENTILE);
  registerAggregate(
    database,
    'ts_var_pop',
    moments(({ count, squares }) => (count > 0 ? squares / count : null)),
  );
  registerAggregate(database, 'ts_var_samp', moments(sampleVariance));
  registerAggregate(
    database,
    'ts_stddev_pop',
    moments(({ count, squares }) => (count > 0 ? Math.sqrt(squares / count) : null)),
  );
  registerAggregate(
    database,
    'ts_stddev_samp',
    moments((state) => {
      const variance = sampleVariance(state);
      return variance === null ? null : Math.sqrt(variance);
    }),
  );
}

/** Any NULL among the arguments makes the result NULL before these are asked. */
const SCALARS: Readonly<Record<string, (...given: Value[]) => SQLInputValue>> = {
  ts_date_trunc: (unit, time) => truncateTime(String(unit).toLowerCase(), integerOf(time)),
  ts_divide: divide,
  ts_remainder: remainder,
  ts_format_double: (value) => formatDouble(Number(value)),
  ts_format_iso8601: (time) => `${formatTime(integerOf(time)).replace(' ', 'T')}Z`,
  ts_format_time: (time) => formatTime(integerOf(time)),
  ts_lower: (text) => String(text).toLowerCase(),
  ts_upper: (text) => String(text).toUpperCase(),
  ts_parse_bigint: (text) => readInteger(String(text)) ?? refuseCast(text, 'bigint'),
  ts_parse_boolean: (text) => readTruth(String(text)) ?? refuseCast(text, 'boolean'),
  ts_parse_double: (text) => readDouble(String(text)) ?? refuseCast(text, 'double'),
  ts_parse_time: (text) => parseTime(String(text)) ?? refuseCast(text, 'timestamp'),
};

/** The translator checks types, so only an integer that overflowed into a double is none. */
function integerOf(value: Value): bigint {
  return typeof value === 'bigint' ? value : refuse('QueryExecutionException', `numeric overflow: ${String(value)}`);
}

/** Integers divide to an integer, rounded towards zero; a double divided by zero is infinite. */
function divide(a: Value, b: Value): SQLInputValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    return b === 0n ? refuse('QueryExecutionException', 'Division by zero') : a / b;
  }
  return Number(a) / Number(b);
}

function remainder(a: Value, b: Value): SQLInputValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    return b === 0n ? refuse('QueryExecutionException', 'Division by zero') : a % b;
  }
  return Number(a) % Number(b);
}

const FIXED_UNITS: ReadonlyMap<string, bigint | undefined> = new Map([
  ['millisecond', NANOSECONDS_PER_UNIT.get('ms')],
  ['second', NANOSECONDS_PER_UNIT.get('s')],
  ['minute', NANOSECONDS_PER_UNIT.get('m')],
  ['hour', NANOSECONDS_PER_UNIT.get('h')],
  ['day', NANOSECONDS_PER_UNIT.get('d')],
]);

function truncateTime(unit: string, time: bigint): bigint {
  const length = FIXED_UNITS.get(unit);
  return length === undefined
    ? refuse('QueryExecutionException', `the local cloud does not support date_trunc to '${unit}'`)
    : time - (time % length);
}

function readInteger(text: string): bigint | undefined {
  const value = /^[+-]?\d{1,19}$/.test(text) ? BigInt(text.replace('+', '')) : undefined;
  return value !== undefined && BigInt.asIntN(64, value) === value ? value : undefined;
}

function readDouble(text: string): number | undefined {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(value) ? undefined : value;
}

function readTruth(text: string): bigint | undefined {
  const truth = ['false', 'true'].indexOf(text.toLowerCase());
  return truth === -1 ? undefined : BigInt(truth);
}

function refuseCast(value: Value, type: string): never {
  return refuse('QueryExecutionException', `Cannot cast '${String(value)}' to ${type}`);
}

interface Aggregate<State> {
  start(): State;
  step(state: State, ...given: Value[]): State;
  result(state: State): SQLInputValue;
}

function registerAggregate<State>(database: DatabaseSync, name: string, aggregate: Aggregate<State>): void {
  // The type library wants a state that SQLite could hold, while Node keeps any JavaScript value between the steps.
  type Opaque = SQLInputValue;
  database.aggregate<Opaque>(name, {
    useBigIntArguments: true,
    varargs: true,
    start: () => aggregate.start() as Opaque,
    step: (state, ...given) => aggregate.step(state as State, ...given) as Opaque,
    result: (state) => aggregate.result(state as State),
  });
}

type Key = bigint | number | string;

interface Extreme {
  value: Value;
  key: Key | undefined;
}

/** The value that stands beside the extreme key; rows without a key do not count. */
function extremeBy(beats: (a: Key, b: Key) => boolean): Aggregate<Extreme> {
  return {
    start: () => ({ value: null, key: undefined }),
    step(state, value = null, key = null) {
      if (isKey(key) && (state.key === undefined || beats(key, state.key))) {
        state.value = value;
        state.key = key;
      }
      return state;
    },
    result: ({ value }) => value,
  };
}

function isKey(value: Value): value is Key {
  return ['bigint', 'number', 'string'].includes(typeof value);
}

interface Sample {
  readonly values: (bigint | number)[];
  fraction: number;
}

/** Exact where the service approximates: the nearest rank, p in 0…1. */
const PERCENTILE: Aggregate<Sample> = {
  start: () => ({ values: [], fraction: 0 }),
  step(state, value = null, fraction = null) {
    if (typeof value === 'bigint' || typeof value === 'number') {
      state.values.push(value);
      state.fraction = Number(fraction);
    }
    return state;
  },
  result({ values, fraction }) {
    if (!(fraction >= 0 && fraction <= 1)) {
      refuse('QueryExecutionException', `percentile must be from 0 to 1, got ${fraction}`);
    }
    const rank = Math.max(Math.ceil(fraction * values.length) - 1, 0);
    return values.sort((a, b) => (a < b ? -1 : Number(a > b)))[rank] ?? null;
  },
};

interface Moments {
  count: number;
  mean: number;
  /** Sum of squared distances from the mean. */
  squares: number;
}

/** Welford 1962: one pass, and no difference of large sums. */
function moments(result: (state: Moments) => number | null): Aggregate<Moments> {
  return {
    start: () => ({ count: 0, mean: 0, squares: 0 }),
    step(state, value = null) {
      if (value !== null) {
        state.count += 1;
        const distance = Number(value) - state.mean;
        state.mean += distance / state.count;
        state.squares += distance * (Number(value) - state.mean);
      }
      return state;
    },
    result,
  };
}

function sampleVariance({ count, squares }: Moments): number | null {
  return count > 1 ? squares / (count - 1) : null;
}
