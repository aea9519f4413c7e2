import { expect, it, onTestFinished } from 'vitest';
import { createScheduler, type Scheduler } from '../../../local/scheduler/scheduler.ts';
import { temporaryDirectory } from '../kinesis/temporary-directory.ts';

const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:opener';
const SCHEDULE_ARN = 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/review';
const TARGET = { Arn: FUNCTION_ARN, RoleArn: 'arn:aws:iam::000000000000:role/scheduler' };
const MINUTE_MS = 60_000;

/** A clock that stands a moment before a minute ends, and goes on from there. */
function clockBefore(instant: string, beforeMs: number): () => number {
  const startedMs = performance.now();
  return () => Date.parse(instant) - beforeMs + (performance.now() - startedMs);
}

async function open(
  nowMs: () => number,
  invoke: (event: unknown) => void,
): Promise<Scheduler & { readonly lines: string[] }> {
  const lines: string[] = [];
  const scheduler = createScheduler({
    file: `${await temporaryDirectory()}/schedules.json`,
    invokeAsync: async (functionArn, event) => {
      expect(functionArn).toBe(FUNCTION_ARN);
      invoke(event);
      return { kind: 'queued', requestId: 'local' };
    },
    log: (line) => lines.push(line),
    nowMs,
  });
  onTestFinished(() => scheduler.close());
  return { ...scheduler, lines };
}

function create({ providers }: Scheduler, properties: Readonly<Record<string, unknown>>) {
  const provider = providers.find(({ type }) => type === 'AWS::Scheduler::Schedule');
  if (!provider) throw new Error('no provider for schedules');
  return provider.create({
    stackName: 'Cityweave-Twin',
    logicalId: 'Review',
    type: provider.type,
    properties: { Name: 'review', FlexibleTimeWindow: { Mode: 'OFF' }, Target: TARGET, ...properties },
    metadata: {},
    assemblyDirectory: '',
  });
}

it('invokes the function when it is due, with its input', async () => {
  const events: unknown[] = [];
  const scheduler = await open(clockBefore('2026-11-21T08:00:00Z', 200), (event) => events.push(event));
  const Input = '{"kind": "open", "at": "<aws.scheduler.scheduled-time>", "by": "<aws.scheduler.schedule-arn>"}';
  const created = await create(scheduler, { ScheduleExpression: 'cron(* * * * ? *)', Target: { ...TARGET, Input } });
  expect(created).toEqual({ ref: 'review', attributes: { Arn: SCHEDULE_ARN } });
  scheduler.start();
  await expect.poll(() => events).toEqual([{ kind: 'open', at: '2026-11-21T08:00:00Z', by: SCHEDULE_ARN }]);
});

it('without an input gives the event that AWS gives', async () => {
  const events: unknown[] = [];
  const scheduler = await open(clockBefore('2026-11-21T08:00:00Z', 100), (event) => events.push(event));
  await create(scheduler, { ScheduleExpression: 'at(2026-11-21T08:00:00)' });
  scheduler.start();
  await expect
    .poll(() => events)
    .toMatchObject([
      {
        source: 'aws.scheduler',
        'detail-type': 'Scheduled Event',
        time: '2026-11-21T08:00:00Z',
        resources: [SCHEDULE_ARN],
      },
    ]);
});

it('tries again what could not be queued', async () => {
  let calls = 0;
  const scheduler = await open(clockBefore('2026-11-21T08:00:00Z', 100), () => {
    calls += 1;
    if (calls < 3) throw new Error('the disk is full');
  });
  await create(scheduler, { ScheduleExpression: 'at(2026-11-21T08:00:00)' });
  scheduler.start();
  await expect.poll(() => calls).toBe(3);
  expect(scheduler.lines).toEqual(Array.from({ length: 2 }, () => expect.stringContaining('the disk is full')));
});

it('a disabled schedule, and one that is over, never run', async () => {
  const events: unknown[] = [];
  const scheduler = await open(clockBefore('2026-11-21T08:00:00Z', 100), (event) => events.push(event));
  await create(scheduler, { ScheduleExpression: 'at(2026-11-21T08:00:00)', State: 'DISABLED' });
  await create(scheduler, { ScheduleExpression: 'cron(* * * * ? *)', EndDate: '2026-11-21T07:59:59Z' });
  await create(scheduler, { Name: 'it runs', ScheduleExpression: 'at(2026-11-21T08:00:00)' });
  scheduler.start();
  await expect.poll(() => events.length).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(events).toHaveLength(1);
});

it('a rate counts on over a restart', async () => {
  const file = `${await temporaryDirectory()}/schedules.json`;
  const due: unknown[] = [];
  const start = async (nowMs: () => number): Promise<Scheduler> => {
    const scheduler = createScheduler({
      file,
      invokeAsync: async (_, event) => {
        due.push(event);
        return { kind: 'queued', requestId: 'local' };
      },
      log: console.error,
      nowMs,
    });
    onTestFinished(() => scheduler.close());
    const Input = '"<aws.scheduler.scheduled-time>"';
    await create(scheduler, { ScheduleExpression: 'rate(3 minutes)', Target: { ...TARGET, Input } });
    scheduler.start();
    return scheduler;
  };
  const created = Date.parse('2026-11-21T08:00:00Z');
  await (await start(() => created)).close();
  const startedMs = performance.now();
  await start(() => created + 6 * MINUTE_MS - 100 + (performance.now() - startedMs));
  await expect.poll(() => due).toEqual(['2026-11-21T08:06:00Z']);
});

it('refuses by name what it does not do', async () => {
  const scheduler = await open(Date.now, () => {});
  const ScheduleExpression = 'rate(1 minute)';
  const refused = (properties: object) => create(scheduler, { ScheduleExpression, ...properties });
  await expect(refused({ FlexibleTimeWindow: { Mode: 'FLEXIBLE' } })).rejects.toThrow('FlexibleTimeWindow');
  await expect(refused({ GroupName: 'mine' })).rejects.toThrow('GroupName');
  await expect(refused({ Target: { ...TARGET, DeadLetterConfig: {} } })).rejects.toThrow('DeadLetterConfig');
  await expect(refused({ Target: { ...TARGET, Arn: 'arn:aws:sqs:us-east-1:000000000000:q' } })).rejects.toThrow('sqs');
  await expect(refused({ ScheduleExpressionTimezone: 'Mars/Base' })).rejects.toThrow('Mars/Base');
});
