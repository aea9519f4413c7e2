import { Cron } from 'croner';

/** docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based, with what each field may hold. */
const FIELDS = [
  { name: 'minutes', pattern: /^[\d,\-*/]+$/ },
  { name: 'hours', pattern: /^[\d,\-*/]+$/ },
  { name: 'day-of-month', pattern: /^[\d,\-*?/LW]+$/ },
  { name: 'month', pattern: /^[\dA-Z,\-*/]+$/i },
  { name: 'day-of-week', pattern: /^[\dA-Z,\-*?#]+$/i },
  { name: 'year', pattern: /^[\d,\-*/]+$/ },
] as const;

/** The next instant after `afterMs` at which to run; undefined when there is none any more. Epoch milliseconds. */
export type NextRun = (afterMs: number) => number | undefined;

/** AWS's cron of six fields, in a time zone. Throws with the field that is wrong. */
export function compileCron(fields: string, timeZone: string): NextRun {
  const texts = fields.trim().split(/\s+/);
  if (texts.length !== FIELDS.length) {
    throw new Error(
      `cron(${fields}) has ${texts.length} fields; expected ${FIELDS.map(({ name }) => name).join(', ')}`,
    );
  }
  for (const [index, { name, pattern }] of FIELDS.entries()) {
    if (!pattern.test(texts[index] ?? '')) throw new Error(`cron(${fields}): ${name} is ${texts[index]}`);
  }
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = texts;
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) {
    throw new Error(`cron(${fields}): one of day-of-month and day-of-week must be ?, and only one`);
  }
  // L alone is the week's last day, which is Saturday where Sunday is 1.
  const weekday = dayOfWeek === 'L' ? '7' : dayOfWeek;
  const pattern = ['0', minutes, hours, dayOfMonth, month, weekday, year].join(' ');
  const cron = new Cron(pattern, { timezone: timeZone, alternativeWeekdays: true, sloppyRanges: true });
  return (afterMs) => nextThatExists(cron, afterMs);
}

/** An hour that daylight saving leaves out is skipped (same page, "Daylight savings time"); croner would run after it. */
function nextThatExists(cron: Cron, afterMs: number): number | undefined {
  let next = cron.nextRun(new Date(afterMs));
  while (next !== null && !cron.match(next)) {
    next = cron.nextRun(next);
  }
  return next?.getTime();
}
