import { describe, expect, it } from 'vitest';
import { compileExpression } from '../../../local/scheduler/expression.ts';

/** The next runs after an instant, in ISO 8601. */
function runs(
  expression: string,
  after: string,
  count = 3,
  timeZone = 'UTC',
  created = '2026-01-01T00:00:00Z',
): string[] {
  const nextRun = compileExpression(expression, timeZone, Date.parse(created));
  const found: string[] = [];
  let next = nextRun(Date.parse(after));
  while (next !== undefined && found.length < count) {
    found.push(new Date(next).toISOString().replace(':00.000Z', 'Z'));
    next = nextRun(next);
  }
  return found;
}

describe('cron', () => {
  // 2026-11-21 is a Saturday. Most expressions are those of the AWS guides' own tables of examples.
  it.each([
    ['cron(0 10 * * ? *)', ['2026-11-21T10:00Z', '2026-11-22T10:00Z', '2026-11-23T10:00Z']],
    ['cron(15 12 * * ? *)', ['2026-11-21T12:15Z', '2026-11-22T12:15Z', '2026-11-23T12:15Z']],
    ['cron(0 18 ? * MON-FRI *)', ['2026-11-23T18:00Z', '2026-11-24T18:00Z', '2026-11-25T18:00Z']],
    ['cron(0 8 1 * ? *)', ['2026-12-01T08:00Z', '2027-01-01T08:00Z', '2027-02-01T08:00Z']],
    ['cron(0/15 * * * ? *)', ['2026-11-21T00:15Z', '2026-11-21T00:30Z', '2026-11-21T00:45Z']],
    ['cron(1/10 * * * ? *)', ['2026-11-21T00:01Z', '2026-11-21T00:11Z', '2026-11-21T00:21Z']],
    ['cron(0/5 8-17 ? * MON-FRI *)', ['2026-11-23T08:00Z', '2026-11-23T08:05Z', '2026-11-23T08:10Z']],
    ['cron(15 10 ? * 6L 2026-2027)', ['2026-11-27T10:15Z', '2026-12-25T10:15Z', '2027-01-29T10:15Z']],
    ['cron(0 9 ? * 2#1 *)', ['2026-12-07T09:00Z', '2027-01-04T09:00Z', '2027-02-01T09:00Z']],
    ['cron(0 9 ? * 3#2 *)', ['2026-12-08T09:00Z', '2027-01-12T09:00Z', '2027-02-09T09:00Z']],
    ['cron(0 8 L * ? *)', ['2026-11-30T08:00Z', '2026-12-31T08:00Z', '2027-01-31T08:00Z']],
    ['cron(0 8 3W * ? *)', ['2026-12-03T08:00Z', '2027-01-04T08:00Z', '2027-02-03T08:00Z']],
    ['cron(0 8 ? * L *)', ['2026-11-21T08:00Z', '2026-11-28T08:00Z', '2026-12-05T08:00Z']],
    ['cron(0 8 ? * 1 *)', ['2026-11-22T08:00Z', '2026-11-29T08:00Z', '2026-12-06T08:00Z']],
    ['cron(30 6 29 FEB ? *)', ['2028-02-29T06:30Z', '2032-02-29T06:30Z', '2036-02-29T06:30Z']],
    ['cron(0 0 1 1 ? 2027)', ['2027-01-01T00:00Z']],
  ])('%s', (expression, expected) => {
    expect(runs(expression, '2026-11-21T00:00:00Z')).toEqual(expected);
  });

  it('skips an hour that daylight saving leaves out, and runs once in one that it repeats', () => {
    const zone = 'America/New_York';
    expect(runs('cron(30 2 * * ? *)', '2027-03-13T00:00:00Z', 2, zone)).toEqual([
      '2027-03-13T07:30Z',
      '2027-03-15T06:30Z',
    ]);
    expect(runs('cron(30 1 * * ? *)', '2026-11-01T00:00:00Z', 2, zone)).toEqual([
      '2026-11-01T05:30Z',
      '2026-11-02T06:30Z',
    ]);
  });

  it.each([
    ['cron(0 10 * * *)', '5 fields'],
    ['cron(0 10 * * * *)', 'must be ?'],
    ['cron(0 10 ? * ? *)', 'must be ?'],
    ['cron(60 10 * * ? *)', '60'],
    ['cron(0 24 * * ? *)', '24'],
    ['cron(@daily)', '1 fields'],
    ['cron(0 10 1 JAN# ? *)', 'month is JAN#'],
    ['every day', 'ScheduleExpression is every day'],
  ])('%s is refused', (expression, message) => {
    expect(() => runs(expression, '2026-11-21T00:00:00Z')).toThrow(message);
  });
});

describe('rate', () => {
  // From the first of January to the 21st of November are 324 days, 7776 hours, six more than 1110 times seven.
  it.each([
    ['rate(1 minute)', ['2026-11-21T00:01Z', '2026-11-21T00:02Z', '2026-11-21T00:03Z']],
    ['rate(5 minutes)', ['2026-11-21T00:05Z', '2026-11-21T00:10Z', '2026-11-21T00:15Z']],
    ['rate(7 hours)', ['2026-11-21T01:00Z', '2026-11-21T08:00Z', '2026-11-21T15:00Z']],
    ['rate(1 day)', ['2026-11-22T00:00Z', '2026-11-23T00:00Z', '2026-11-24T00:00Z']],
  ])('%s counts from the creation', (expression, expected) => {
    expect(runs(expression, '2026-11-21T00:00:00Z')).toEqual(expected);
  });

  it.each(['rate(0 minutes)', 'rate(1 minutes)', 'rate(2 minute)', 'rate(1 second)', 'rate(1.5 hours)'])(
    '%s is refused',
    (expression) => {
      expect(() => runs(expression, '2026-11-21T00:00:00Z')).toThrow(expression);
    },
  );
});

it('at is once, in its time zone', () => {
  const expression = 'at(2026-11-21T08:00:00)';
  expect(runs(expression, '2026-11-21T00:00:00Z', 3, 'Europe/Berlin')).toEqual(['2026-11-21T07:00Z']);
  expect(runs(expression, '2026-11-21T07:00:00Z', 3, 'Europe/Berlin')).toEqual([]);
});
