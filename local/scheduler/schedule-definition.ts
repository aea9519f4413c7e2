import { randomUUID } from 'node:crypto';
import { LOCAL_ACCOUNT, LOCAL_REGION, localArn } from '../aws.ts';
import type { TemplateResource } from '../cloudformation/resource-provider.ts';
import { refuseUnknown, requireObject, requireText } from '../cloudformation/properties.ts';
import { isRecord } from '../is-record.ts';
import type { NextRun } from './cron.ts';
import { compileExpression } from './expression.ts';

export interface ScheduleDefinition {
  readonly name: string;
  readonly arn: string;
  readonly isEnabled: boolean;
  readonly nextRun: NextRun;
  readonly functionArn: string;
  /** What the function is given for a run that was due then. */
  readonly eventFor: (dueMs: number) => unknown;
  /** How often to try again where the event could not be queued. */
  readonly retryCount: number;
}

type Properties = Readonly<Record<string, unknown>>;

/** docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html */
const RETRY_COUNT_MAX = 185;

const FUNCTION_ARN = /^arn:[^:]+:lambda:[^:]+:\d{12}:function:[\w-]+$/;

/** Throws with the name of a property that the local cloud does not do. */
export function readSchedule(resource: TemplateResource, createdAtMs: number): ScheduleDefinition {
  const { properties, logicalId } = resource;
  const where = `schedule ${logicalId}`;
  refuseUnknown(where, properties, [
    'Description',
    'EndDate',
    'FlexibleTimeWindow',
    'Name',
    'ScheduleExpression',
    'ScheduleExpressionTimezone',
    'StartDate',
    'State',
    'Target',
  ]);
  const window = requireObject(`${where}: FlexibleTimeWindow`, properties.FlexibleTimeWindow);
  if (window.Mode !== 'OFF') {
    throw new Error(`${where}: FlexibleTimeWindow.Mode is ${String(window.Mode)}; the local cloud does OFF`);
  }
  const name = nameOf(resource);
  const arn = localArn('scheduler', `schedule/default/${name}`);
  const { ScheduleExpressionTimezone: timeZone = 'UTC', State: state = 'ENABLED' } = properties;
  assertTimeZone(where, String(timeZone));
  const expression = requireText(where, properties, 'ScheduleExpression');
  return {
    name,
    arn,
    isEnabled: state === 'ENABLED',
    nextRun: between(compileExpression(expression, String(timeZone), createdAtMs), properties),
    ...readTarget(where, arn, requireObject(`${where}: Target`, properties.Target)),
  };
}

/** The same at each start, so that what is kept of a schedule is found again. */
export function nameOf({ stackName, logicalId, properties }: TemplateResource): string {
  return typeof properties.Name === 'string' ? properties.Name : `${stackName}-${logicalId}`;
}

function assertTimeZone(where: string, timeZone: string): void {
  try {
    Intl.DateTimeFormat('en', { timeZone });
  } catch (cause) {
    const expected = 'expected an IANA time zone such as Europe/Berlin';
    throw new Error(`${where}: ScheduleExpressionTimezone is ${timeZone}; ${expected}`, { cause });
  }
}

function between(nextRun: NextRun, { StartDate: start, EndDate: end }: Properties): NextRun {
  const startMs = typeof start === 'string' ? Date.parse(start) : Number.NEGATIVE_INFINITY;
  const endMs = typeof end === 'string' ? Date.parse(end) : Number.POSITIVE_INFINITY;
  return (afterMs) => {
    const next = nextRun(Math.max(afterMs, startMs - 1));
    return next === undefined || next > endMs ? undefined : next;
  };
}

function readTarget(
  where: string,
  scheduleArn: string,
  target: Properties,
): Pick<ScheduleDefinition, 'functionArn' | 'eventFor' | 'retryCount'> {
  refuseUnknown(`${where}: Target`, target, ['Arn', 'Input', 'RetryPolicy', 'RoleArn']);
  requireText(`${where}: Target`, target, 'RoleArn');
  const functionArn = requireText(`${where}: Target`, target, 'Arn');
  if (!FUNCTION_ARN.test(functionArn)) {
    throw new Error(`${where}: Target.Arn is ${functionArn}; the local cloud invokes functions by their ARN only`);
  }
  const policy = isRecord(target.RetryPolicy) ? target.RetryPolicy : {};
  const retryCount = Number(policy.MaximumRetryAttempts ?? RETRY_COUNT_MAX);
  const { Input: input } = target;
  return {
    functionArn,
    retryCount,
    eventFor: (dueMs) =>
      typeof input === 'string' ? fillIn(input, scheduleArn, dueMs) : defaultEvent(scheduleArn, dueMs),
  };
}

/** docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
function fillIn(input: string, scheduleArn: string, dueMs: number): unknown {
  const filled = input
    .replaceAll('<aws.scheduler.schedule-arn>', scheduleArn)
    .replaceAll('<aws.scheduler.scheduled-time>', toSecond(dueMs))
    .replaceAll('<aws.scheduler.execution-id>', randomUUID())
    .replaceAll('<aws.scheduler.attempt-number>', '1');
  return JSON.parse(filled);
}

/** What a function gets without an Input. */
function defaultEvent(scheduleArn: string, dueMs: number): object {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: LOCAL_ACCOUNT,
    time: toSecond(dueMs),
    region: LOCAL_REGION,
    resources: [scheduleArn],
    detail: '{}',
  };
}

function toSecond(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
