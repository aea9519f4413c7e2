import type { ResourceProvider } from '../cloudformation/resource-provider.ts';
import type { QueueResult } from '../lambda/invocation.ts';
import { pause } from '../lambda/pause.ts';
import { settleWithin } from '../lambda/settle-within.ts';
import { readKept, writeKept } from '../startup/kept-json.ts';
import { nameOf, readSchedule, type ScheduleDefinition } from './schedule-definition.ts';

/** Timers hold 2^31 ms, and a machine that slept must not wait on. */
const WAIT_MS_MAX = 60_000;
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 60_000;
const STOP_TIMEOUT_MS = 1000;

export interface SchedulerOptions {
  /** Where the time of each schedule's creation is kept, from which rates count. */
  readonly file: string;
  readonly invokeAsync: (functionArn: string, event: unknown) => Promise<QueueResult>;
  readonly log: (line: string) => void;
  readonly nowMs?: () => number;
}

/** EventBridge Scheduler: invokes the template's functions by the clock. */
export interface Scheduler {
  readonly providers: readonly ResourceProvider[];
  /** Begins. A run that was due while nothing ran here is not made up for. */
  start(): void;
  close(): Promise<void>;
}

export function createScheduler({ file, invokeAsync, log, nowMs = Date.now }: SchedulerOptions): Scheduler {
  const createdAtMs: Record<string, number> = readKept(file) ?? {};
  const schedules: ScheduleDefinition[] = [];
  const stopping = new AbortController();
  let running: Promise<unknown> = Promise.resolve();

  async function run(schedule: ScheduleDefinition): Promise<void> {
    let due = schedule.nextRun(nowMs());
    while (due !== undefined && !stopping.signal.aborted) {
      if (nowMs() < due) {
        await pause(Math.min(due - nowMs(), WAIT_MS_MAX), stopping.signal);
        continue;
      }
      await invoke(schedule, due);
      due = schedule.nextRun(Math.max(due, nowMs()));
    }
  }

  async function invoke({ name, functionArn, eventFor, retryCount }: ScheduleDefinition, dueMs: number): Promise<void> {
    for (let attempt = 0; attempt <= retryCount && !stopping.signal.aborted; attempt += 1) {
      try {
        const result = await invokeAsync(functionArn, eventFor(dueMs));
        if (result.kind === 'refused') log(`schedule ${name}: ${functionArn} was not invoked: ${result.message}`);
        return;
      } catch (error) {
        log(`schedule ${name}: ${functionArn} could not be invoked: ${String(error)}`);
        await pause(Math.min(RETRY_MS_MIN * 2 ** attempt, RETRY_MS_MAX), stopping.signal);
      }
    }
  }

  return {
    providers: [
      {
        type: 'AWS::Scheduler::Schedule',
        async create(resource) {
          const name = nameOf(resource);
          const createdMs = createdAtMs[name] ?? nowMs();
          const schedule = readSchedule(resource, createdMs);
          createdAtMs[name] = createdMs;
          writeKept(file, createdAtMs);
          schedules.push(schedule);
          return { ref: name, attributes: { Arn: schedule.arn } };
        },
      },
    ],
    start() {
      running = Promise.all(schedules.filter(({ isEnabled }) => isEnabled).map(run));
    },
    async close() {
      stopping.abort();
      await settleWithin(running, STOP_TIMEOUT_MS);
    },
  };
}
