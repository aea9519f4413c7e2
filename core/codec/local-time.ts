import type { Refusal } from '../reason.ts';
import { type ObservedAt, refuseTime, utcMs } from './observed-at.ts';

const LOCAL_DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})$/;
const DAY_MS = 86_400_000;

/**
 * Reads `yyyy-MM-dd HH:mm:ss` as a clock on the wall in `timeZone` (IANA) showed it. The hour that autumn repeats is
 * taken as its first occurrence; an hour that spring skips is refused, for no clock there showed it.
 */
export function parseLocalTime(value: unknown, timeZone: string): ObservedAt | Refusal {
  const match = typeof value === 'string' ? LOCAL_DATE_TIME.exec(value) : null;
  if (!match) return refuseTime(value, 'yyyy-MM-dd HH:mm:ss');
  const [, year, month, day, hour, minute, second] = match;
  const wallMs = utcMs(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second));
  if (wallMs === undefined) return refuseTime(value, 'a date and time of the calendar');
  // No zone changes its offset twice within two days, so these are the only two candidates, the earlier instant first.
  const offsetsMs = [offsetMsAt(wallMs - DAY_MS, timeZone), offsetMsAt(wallMs + DAY_MS, timeZone)];
  const instants = offsetsMs
    .map((offsetMs) => wallMs - offsetMs)
    .filter((instantMs, index) => offsetMsAt(instantMs, timeZone) === offsetsMs[index]);
  return instants.length > 0
    ? { ok: true, ms: Math.min(...instants), coarse: true }
    : refuseTime(value, `a time that clocks in ${timeZone} showed`);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far local time in `timeZone` is ahead of UTC at that instant. */
function offsetMsAt(instantMs: number, timeZone: string): number {
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
