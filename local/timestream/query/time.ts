/** Times are nanoseconds since 1970 in UTC, intervals nanoseconds; both are bigint. */

const NANOSECONDS_PER_SECOND = 1_000_000_000n;
const NANOSECONDS_PER_MS = 1_000_000n;

/** Units of duration literals. Those whose length depends on the calendar (month, year) are left out. */
export const NANOSECONDS_PER_UNIT: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1000n],
  ['ms', NANOSECONDS_PER_MS],
  ['s', NANOSECONDS_PER_SECOND],
  ['m', 60n * NANOSECONDS_PER_SECOND],
  ['h', 3600n * NANOSECONDS_PER_SECOND],
  ['d', 86_400n * NANOSECONDS_PER_SECOND],
]);

const TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d(?::?\d\d)?)?$/;

/** Reads `2026-11-21`, `2026-11-21 08:00[:00[.123456789]]`, ISO 8601 with a `T`, and an offset; undefined for others. */
export function parseTime(text: string): bigint | undefined {
  const match = TIME.exec(text.trim());
  if (match === null) {
    return undefined;
  }
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset = 'Z'] = match;
  const civil = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const ms = Date.parse(`${civil}${normalizeOffset(offset)}`);
  // Date.parse takes 2026-02-30 for 2 March, which no database does.
  const sameCivil = new Date(Date.parse(`${civil}Z`)).toJSON()?.startsWith(civil) ?? false;
  const nanoseconds = BigInt(fraction.padEnd(9, '0'));
  return sameCivil && ms >= 0 ? BigInt(ms) * NANOSECONDS_PER_MS + nanoseconds : undefined;
}

/** `+08` and `+0800` mean `+08:00`. */
function normalizeOffset(offset: string): string {
  return offset === 'Z' ? offset : `${offset.slice(0, 3)}:${offset.slice(3).replace(':', '') || '00'}`;
}

/** `2026-11-21 08:00:00.000000000` */
export function formatTime(time: bigint): string {
  const seconds = time / NANOSECONDS_PER_SECOND;
  const civil = new Date(Number(seconds) * 1000).toISOString();
  const nanoseconds = (time % NANOSECONDS_PER_SECOND).toString().padStart(9, '0');
  return `${civil.slice(0, 10)} ${civil.slice(11, 19)}.${nanoseconds}`;
}

/** `1 02:03:04.000000000`: days, then hours, minutes and seconds. */
export function formatInterval(interval: bigint): string {
  const length = interval < 0n ? -interval : interval;
  const seconds = length / NANOSECONDS_PER_SECOND;
  const pair = (value: bigint): string => value.toString().padStart(2, '0');
  const clock = `${pair((seconds / 3600n) % 24n)}:${pair((seconds / 60n) % 60n)}:${pair(seconds % 60n)}`;
  const nanoseconds = (length % NANOSECONDS_PER_SECOND).toString().padStart(9, '0');
  return `${interval < 0n ? '-' : ''}${seconds / 86_400n} ${clock}.${nanoseconds}`;
}
