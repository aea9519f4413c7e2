import { refuse, type Refusal } from '../reason.ts';
import { show } from '../schema/show.ts';

/** When a device says that it observed something. */
export interface ObservedAt {
  readonly ok: true;
  readonly ms: number;
  /** Given in whole seconds, so that readings of one second have no order among themselves. */
  readonly coarse: boolean;
}

const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

/**
 * Reads an ISO 8601 date and time, complete to the second and with `Z` or an offset, as RFC 3339 has it: without an
 * offset nobody can say when that was. Decimals beyond the millisecond are cut off.
 */
export function parseIso(value: unknown): ObservedAt | Refusal {
  const match = typeof value === 'string' ? DATE_TIME.exec(value) : null;
  if (!match) return refuseTime(value, 'ISO 8601 with an offset, such as 2026-11-21T08:00:00.000Z');
  const [, year, month, day, hour, minute, second, decimals, sign, offsetHour = '0', offsetMinute = '0'] = match;
  const ms = utcMs(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second));
  const offsetMs = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000;
  if (ms === undefined || Number(offsetHour) > 23 || Number(offsetMinute) > 59) {
    return refuseTime(value, 'a date and time of the calendar');
  }
  const fractionMs = decimals === undefined ? 0 : Number(decimals.slice(0, 3).padEnd(3, '0'));
  return { ok: true, ms: ms + fractionMs - (sign === '-' ? -offsetMs : offsetMs), coarse: decimals === undefined };
}

/** Reads whole milliseconds since 1970. */
export function parseEpochMs(value: unknown): ObservedAt | Refusal {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    return refuseTime(value, 'whole milliseconds since 1970');
  }
  return { ok: true, ms: value, coarse: false };
}

/** Reads seconds since 1970. Decimals are taken to the millisecond, but such a clock is coarse by what it is. */
export function parseEpochSeconds(value: unknown): ObservedAt | Refusal {
  const ms = typeof value === 'number' ? Math.floor(value * 1000) : Number.NaN;
  return Number.isSafeInteger(ms) ? { ok: true, ms, coarse: true } : refuseTime(value, 'seconds since 1970');
}

/** Milliseconds since 1970 of a UTC calendar time, or undefined where the calendar has none such. */
export function utcMs(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(ms);
  // Date.UTC carries 30 February over into March, reads years below 100 as 19xx, and never complains.
  const kept =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  return kept ? ms : undefined;
}

export function refuseTime(value: unknown, expected: string): Refusal {
  return refuse('schema-violation', `observed at: got ${show(value)}, expected ${expected}`);
}
