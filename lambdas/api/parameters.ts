import { isName, isSource, NAME_RULE, SOURCE_RULE } from '../../core/schema/names.ts';
import { problem } from './problem.ts';

/** Query parameters as callers write them. Each function throws a 400 that names the parameter, the value and what was expected. */

const DURATION = /^(\d{1,6})(s|m|h|d)$/;
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** The last instant that epoch milliseconds write with 13 digits, in the year 2286: kept readings sort by just so many. */
export const TIME_MAX_MS = 9_999_999_999_999;

/** ISO 8601 with an offset, or epoch milliseconds. */
export function timeParameter(name: string, text: string | undefined, fallbackMs: number): number {
  if (text === undefined) return fallbackMs;
  const isEpochMs = /^\d{1,13}$/.test(text);
  const isIso = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const ms = isEpochMs ? Number(text) : isIso ? Date.parse(text) : Number.NaN;
  if (ms >= 0 && ms <= TIME_MAX_MS) return ms;
  throw problem(
    400,
    `${name}: got "${text}", expected ISO 8601 such as 2026-11-21T08:00:00Z, or epoch milliseconds of 13 digits at most`,
  );
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

export function nameParameter(name: string, text: string): string {
  if (isName(text)) return text;
  throw problem(400, `${name}: got "${text}", expected ${NAME_RULE}`);
}

export function sourceParameter(name: string, text: string | undefined): string | undefined {
  if (text === undefined || isSource(text)) return text;
  throw problem(400, `${name}: got "${text}", expected ${SOURCE_RULE}`);
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
