import type { Refusal } from '../reason.ts';
import { type ObservedAt, refuseTime, utcMs } from './observed-at.ts';

/** How clocks on walls are written down. */
const WRITINGS = {
  'yyyy-MM-dd HH:mm:ss':
    /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})[ T](?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})$/,
  'M/d/yyyy H:mm': /^(?<month>\d{1,2})\/(?<day>\d{1,2})\/(?<year>\d{4}) (?<hour>\d{1,2}):(?<minute>\d{2})$/,
} as const;

const DAY_MS = 86_400_000;

/**
 * Reads a date and time as a clock on the wall in `timeZone` (IANA) showed it. The hour that autumn repeats is taken as
 * its first occurrence; an hour that spring skips is refused, for no clock there showed it.
 */
export function parseLocalTime(
  value: unknown,
  timeZone: string,
  writing: keyof typeof WRITINGS = 'yyyy-MM-dd HH:mm:ss',
): ObservedAt | Refusal {
  const { groups } = (typeof value === 'string' && WRITINGS[writing].exec(value)) || {};
  if (!groups) return refuseTime(value, writing);
  const { year, month, day, hour, minute, second = 0 } = groups;
  const wallMs = utcMs(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second));
  if (wallMs === undefined) return refuseTime(value, 'a date and time of the calendar');
  // No zone goes to another offset and back within three days, so what is the same around the day holds in it.
  const dayMs = Math.floor(wallMs / DAY_MS) * DAY_MS;
  const offsetsMs = new Set([offsetMsAt(dayMs - DAY_MS, timeZone), offsetMsAt(dayMs + 2 * DAY_MS, timeZone)]);
  const instants = [...offsetsMs]
    .map((offsetMs) => wallMs - offsetMs)
    .filter((instantMs) => offsetsMs.size === 1 || offsetMsAt(instantMs, timeZone) === wallMs - instantMs);
  return instants.length > 0
    ? { ok: true, ms: Math.min(...instants), coarse: true }
    : refuseTime(value, `a time that clocks in ${timeZone} showed`);
}

/** Asking Intl takes 50 µs, and the rows of a file ask for the same few days. */
const knownOffsetsMs = new Map<string, number>();
const KNOWN_OFFSETS_MAX = 10_000;

/** How far local time in `timeZone` is ahead of UTC at that instant. */
function offsetMsAt(instantMs: number, timeZone: string): number {
  const key = `${timeZone} ${instantMs}`;
  let offsetMs = knownOffsetsMs.get(key);
  if (offsetMs === undefined) {
    offsetMs = readOffsetMs(instantMs, timeZone);
    if (knownOffsetsMs.size === KNOWN_OFFSETS_MAX) knownOffsetsMs.clear();
    knownOffsetsMs.set(key, offsetMs);
  }
  return offsetMs;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function readOffsetMs(instantMs: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    formats.set(timeZone, format);
  }
  const offset = format.formatToParts(instantMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = /([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(offset) ?? [];
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -ms : ms;
}
