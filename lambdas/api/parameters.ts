import { problem } from './problem.ts';

/** Query parameters as callers write them. Each function throws a 400 that names the parameter, the value and what was expected. */

const NAME = /^[A-Za-z0-9:_.-]{1,64}$/;
const DURATION = /^(\d{1,6})(s|m|h|d)$/;
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** The last instant that ISO 8601 writes with four digits of year. */
const TIME_MAX_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** ISO 8601 with an offset, or epoch milliseconds. */
export function timeParameter(name: string, text: string | undefined, fallbackMs: number): number {
  if (text === undefined) return fallbackMs;
  const isEpochMs = /^\d{1,15}$/.test(text);
  const isIso = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const ms = isEpochMs ? Number(text) : isIso ? Date.parse(text) : Number.NaN;
  if (ms >= 0 && ms <= TIME_MAX_MS) return ms;
  throw problem(400, `${name}: got "${text}", expected ISO 8601 such as 2026-11-21T08:00:00Z, or epoch milliseconds`);
}

/** A positive number of seconds, minutes, hours or days, such as `15m`; in milliseconds. */
export function durationParameter(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, digits, unit] = DURATION.exec(text) ?? [];
  const ms = Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS];
  if (ms > 0) return ms;
  throw problem(400, `${name}: got "${text}", expected a duration such as 30s, 15m, 1h or 1d`);
}

export function limitParameter(text: string | undefined, { fallback, max }: { fallback: number; max: number }): number {
  if (text === undefined) return fallback;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (limit >= 1 && limit <= max) return limit;
  throw problem(400, `limit: got "${text}", expected a whole number from 1 to ${max}`);
}

/** A name by the rule that topics keep. */
export function nameParameter(name: string, text: string): string {
  if (NAME.test(text)) return text;
  throw problem(400, `${name}: got "${text}", expected 1 to 64 of A-Z a-z 0-9 : _ . -`);
}

export function oneOfParameter<Value extends string>(
  name: string,
  text: string | undefined,
  values: readonly Value[],
): Value | undefined {
  if (text === undefined) return undefined;
  const value = values.find((each) => each === text);
  if (value !== undefined) return value;
  throw problem(400, `${name}: got "${text}", expected one of ${values.join(', ')}`);
}
