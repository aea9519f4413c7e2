import { refuseMember } from '../input.ts';
import { MEASURE_VALUE_BYTES_MAX, TIME_MAX_NS } from '../limits.ts';
import type { MeasureType } from '../storage/catalog.ts';
import type { StoredValue } from '../storage/time-record.ts';

export type TimeUnit = 'SECONDS' | 'MILLISECONDS' | 'MICROSECONDS' | 'NANOSECONDS';

const NANOSECONDS_PER_UNIT: Readonly<Record<TimeUnit, bigint>> = {
  SECONDS: 1_000_000_000n,
  MILLISECONDS: 1_000_000n,
  MICROSECONDS: 1000n,
  NANOSECONDS: 1n,
};

const BIGINT_MIN = -(2n ** 63n);
const BIGINT_MAX = 2n ** 63n - 1n;

/** No sign, so times before 1970 do not exist; 19 digits hold 2⁶³ − 1. */
const TIME = /^\d{1,19}$/;
const INTEGER = /^[+-]?\d{1,19}$/;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const INFINITY = /^([+-]?)Infinity$/;

export function readTimeUnit(value: string | undefined, name: string): TimeUnit {
  const unit = value ?? 'MILLISECONDS';
  return isTimeUnit(unit) ? unit : refuseMember(name, value, `one of ${Object.keys(NANOSECONDS_PER_UNIT).join(', ')}`);
}

function isTimeUnit(unit: string): unit is TimeUnit {
  return Object.hasOwn(NANOSECONDS_PER_UNIT, unit);
}

/** Nanoseconds since 1970, exactly; refuses what does not fit 63 bits. */
export function readTime(value: string, unit: TimeUnit, name: string): bigint {
  const time = TIME.test(value) ? BigInt(value) * NANOSECONDS_PER_UNIT[unit] : undefined;
  return time !== undefined && time <= TIME_MAX_NS
    ? time
    : refuseMember(name, value, `a time in ${unit} from 1970 to 2262`);
}

/** The value of a measure, which the API carries as text whatever its type. */
export function readMeasureValue(value: string, type: MeasureType, unit: TimeUnit, name: string): StoredValue {
  if (value === '' || Buffer.byteLength(value) > MEASURE_VALUE_BYTES_MAX) {
    return refuseMember(name, value, `1 to ${MEASURE_VALUE_BYTES_MAX} bytes`);
  }
  switch (type) {
    case 'BIGINT':
      return readBigint(value, name);
    case 'BOOLEAN':
      return readTruth(value, name);
    case 'DOUBLE':
      return readDouble(value, name);
    case 'TIMESTAMP':
      return readTime(value, unit, name);
    default:
      return value;
  }
}

function readBigint(value: string, name: string): bigint {
  const integer = INTEGER.test(value) ? BigInt(value.replace('+', '')) : undefined;
  return integer !== undefined && integer >= BIGINT_MIN && integer <= BIGINT_MAX
    ? integer
    : refuseMember(name, value, 'an integer of 64 bits');
}

function readTruth(value: string, name: string): bigint {
  const truth = value.toLowerCase();
  return truth === 'true' || truth === 'false' ? BigInt(truth === 'true') : refuseMember(name, value, 'true or false');
}

/** SQLite has no NaN (it would become null), so NaN is refused here where AWS may take it. */
function readDouble(value: string, name: string): number {
  const sign = INFINITY.exec(value)?.[1];
  if (sign !== undefined) {
    return sign === '-' ? -Infinity : Infinity;
  }
  return DECIMAL.test(value) ? Number(value) : refuseMember(name, value, 'a decimal number');
}
