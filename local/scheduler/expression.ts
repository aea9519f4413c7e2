import { Cron } from 'croner';
import { compileCron, type NextRun } from './cron.ts';

const UNITS_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const RATE = /^rate\((\d{1,9}) (minute|hour|day)(s?)\)$/;
const AT = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/;
const CRON = /^cron\((.*)\)$/;

/**
 * A schedule's expression: `rate(5 minutes)` since its creation, `cron(0 8 * * ? *)` or `at(2026-11-21T08:00:00)` in its
 * time zone. Throws with the expression that it does not understand.
 * docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function compileExpression(expression: string, timeZone: string, createdAtMs: number): NextRun {
  const [, cron] = CRON.exec(expression) ?? [];
  if (cron !== undefined) {
    return compileCron(cron, timeZone);
  }
  const [, at] = AT.exec(expression) ?? [];
  if (at !== undefined) {
    const once = new Cron(at, { timezone: timeZone });
    return (afterMs) => once.nextRun(new Date(afterMs))?.getTime();
  }
  const [, value, unit = '', plural] = RATE.exec(expression) ?? [];
  const periodMs = Number(value) * (UNITS_MS[unit] ?? Number.NaN);
  if (!(periodMs > 0) || (value === '1') !== (plural === '')) {
    throw new Error(
      `ScheduleExpression is ${expression}; expected rate(1 minute), rate(5 hours), cron(0 8 * * ? *) or ` +
        'at(2026-11-21T08:00:00)',
    );
  }
  return (afterMs) => createdAtMs + (Math.floor((afterMs - createdAtMs) / periodMs) + 1) * periodMs;
}
