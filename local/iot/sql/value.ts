/**
 * Values of IoT SQL and their conversions, after "Data types" in the AWS IoT Core developer guide
 * (https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-data-types.html).
 *
 * AWS computes with 34 decimal digits; numbers here are IEEE doubles, so integers beyond 2^53 lose digits.
 */

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** `undefined` is SQL's Undefined, `null` its Null. */
export type SqlValue = JsonValue | undefined;

/** Which strings become numbers; the guide gives this expression. */
const DECIMAL_TEXT = /^-?\d+(\.\d+)?(e-?\d+)?$/i;

export function toBoolean(value: SqlValue): boolean | undefined {
  if (typeof value === 'boolean') {
    return value;
  }
  if (typeof value !== 'string') {
    return undefined;
  }
  const text = value.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

export function toDecimal(value: SqlValue): number | undefined {
  if (typeof value === 'number') {
    return value;
  }
  return typeof value === 'string' && DECIMAL_TEXT.test(value) ? Number(value) : undefined;
}

/** A Decimal is rounded to the nearest Int, a String is parsed as a Decimal and truncated. */
export function toInt(value: SqlValue): number | undefined {
  const decimal = toDecimal(value);
  if (decimal === undefined) {
    return undefined;
  }
  return typeof value === 'string' ? Math.trunc(decimal) : Math.round(decimal);
}

export function toText(value: SqlValue): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
      return String(value);
    case 'number':
      // An Int is written in standard notation, where JavaScript turns to an exponent from 1e21.
      return Number.isInteger(value) ? BigInt(value).toString() : String(value);
    case 'object':
      return value === null ? undefined : JSON.stringify(value);
    default:
      return undefined;
  }
}

/** Equality of values that are both defined; values of different types are unequal, the order of keys counts nothing. */
export function areEqual(left: JsonValue, right: JsonValue): boolean {
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    return left === right;
  }
  if (isArray(left) || isArray(right)) {
    return (
      isArray(left) &&
      isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => areEqual(item, right[index] ?? null))
    );
  }
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && areEqual(left[key] ?? null, right[key] ?? null))
  );
}

/** Whether the value has keys to look up. */
export function isJsonObject(value: SqlValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
