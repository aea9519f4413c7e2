import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { AsyncQueue, QueuedEvent } from './async-queue.ts';
import type { AsyncSettings } from './async-settings.ts';
import { type AsyncFailure, asyncFailureKey, asyncFailureRecord } from './async-failure.ts';
import { persist, type PutObject } from './failure-destination.ts';
import type { FunctionDefinition } from './function-definition.ts';
import { ASYNC_REQUEST_BYTES_MAX, type InvokeResult, type QueueResult, refuse } from './invocation.ts';
import { pause } from './pause.ts';
import { settleWithin } from './settle-within.ts';

/**
 * The pause before each retry of a function error.
 * docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export const ASYNC_RETRY_DELAYS_MS: readonly number[] = [60_000, 120_000];

/** How much may wait, of all functions; beyond it callers are throttled. */
const ASYNC_QUEUE_BYTES_MAX = 64 * 1024 * 1024;

/** Invocations of one function at a time, as many as it has threads without a reservation. */
const CONCURRENCY_MAX = 10;

/** A throttled event goes back into the queue for so long; this does not count as a retry. */
const THROTTLE_DELAY_MS = 1000;

/** An invocation that runs when the local cloud stops may end in this time; else it is repeated later. */
const STOP_TIMEOUT_MS = 3000;

interface AsyncTarget {
  readonly definition: Pick<FunctionDefinition, 'name' | 'arn' | 'reservedConcurrency'>;
  readonly asyncSettings: AsyncSettings;
}

export interface AsyncInvokerOptions {
  readonly queue: AsyncQueue;
  readonly find: (functionName: string) => AsyncTarget | undefined;
  readonly invoke: (target: AsyncTarget, event: string, requestId: string) => Promise<InvokeResult>;
  readonly putObject: PutObject;
  readonly retryDelaysMs: readonly number[];
  readonly log: (line: string) => void;
}

/** Invokes functions with events that nobody waits for, at least once each. */
export interface AsyncInvoker {
  /** Takes an event as JSON text; resolves once it survives the death of this process. Rejects when the disk refuses. */
  enqueue(functionName: string, event: string): Promise<QueueResult>;
  /** Takes up the events that an earlier run left. */
  resume(): void;
  stop(): Promise<void>;
}

interface Lane {
  readonly ready: QueuedEvent[];
  running: number;
}

export function createAsyncInvoker(options: AsyncInvokerOptions): AsyncInvoker {
  const { queue, find, invoke, putObject, retryDelaysMs, log } = options;
  const lanes = new Map<string, Lane>();
  const left = [...queue.events.values()];
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  // Every event that waits for its retry listens.
  setMaxListeners(0, stopping.signal);

  function makeReady(event: QueuedEvent): void {
    const lane = lanes.get(event.functionName) ?? { ready: [], running: 0 };
    lanes.set(event.functionName, lane);
    lane.ready.push(event);
    startReady(lane);
  }

  function startReady(lane: Lane): void {
    while (lane.running < CONCURRENCY_MAX && !stopping.signal.aborted) {
      const event = lane.ready.shift();
      if (event === undefined) {
        return;
      }
      lane.running += 1;
      const run = attempt(event)
        .catch((error: unknown) =>
          log(`${event.functionName}: ${event.requestId} is left for the next start: ${String(error)}`),
        )
        .finally(() => {
          running.delete(run);
          lane.running -= 1;
          startReady(lane);
        });
      running.add(run);
    }
  }

  async function attempt(event: QueuedEvent): Promise<void> {
    const target = find(event.functionName);
    if (target === undefined) {
      log(`${event.functionName}: ${event.requestId} is dropped: the template has no such function any more`);
      return queue.done(event.requestId);
    }
    if (target.definition.reservedConcurrency === 0) {
      return giveUp(target, { event, condition: 'ZeroReservedConcurrency', result: undefined });
    }
    if (Date.now() > event.queuedAtMs + target.asyncSettings.eventAgeMsMax) {
      return giveUp(target, { event, condition: 'EventAgeExceeded', result: undefined });
    }
    const result = await invoke(target, event.event, event.requestId);
    if (result.kind === 'returned') {
      return queue.done(event.requestId);
    }
    // The function did not fail by itself when its thread is being ended.
    return stopping.signal.aborted ? undefined : retry(target, event, result);
  }

  async function retry(target: AsyncTarget, before: QueuedEvent, result: InvokeResult): Promise<void> {
    const isThrottled = result.kind === 'refused';
    const event = isThrottled ? before : { ...before, failures: before.failures + 1 };
    const { retryAttemptsMax, eventAgeMsMax } = target.asyncSettings;
    if (event.failures > retryAttemptsMax) {
      return giveUp(target, { event, condition: 'RetriesExhausted', result });
    }
    const delayMs = isThrottled ? THROTTLE_DELAY_MS : (retryDelaysMs[event.failures - 1] ?? 0);
    if (Date.now() + delayMs > event.queuedAtMs + eventAgeMsMax) {
      return giveUp(target, { event, condition: 'EventAgeExceeded', result });
    }
    await (isThrottled ? undefined : queue.put(event));
    void pause(delayMs, stopping.signal).then(() => makeReady(event));
  }

  async function giveUp({ definition, asyncSettings }: AsyncTarget, failure: AsyncFailure): Promise<void> {
    const { event, condition } = failure;
    const bucket = asyncSettings.failureBucket;
    const gaveUp = `${event.functionName}: gave up ${event.requestId} after ${event.failures} failures: ${condition}`;
    if (bucket === undefined) {
      log(gaveUp);
      return queue.done(event.requestId);
    }
    const atMs = Date.now();
    const key = asyncFailureKey(event.functionName, atMs);
    const isWritten = await persist(
      () => putObject(bucket, key, asyncFailureRecord(definition.arn, failure, atMs)),
      (error) => log(`${gaveUp}, and s3://${bucket}/${key} cannot be written: ${String(error)}`),
      stopping.signal,
    );
    return isWritten ? queue.done(event.requestId) : undefined;
  }

  return {
    async enqueue(functionName, text) {
      const bytes = Buffer.byteLength(text);
      if (bytes > ASYNC_REQUEST_BYTES_MAX) {
        const limit = `Request must be smaller than ${ASYNC_REQUEST_BYTES_MAX} bytes for an asynchronous invocation`;
        return refuse('RequestTooLargeException', limit);
      }
      if (queue.bytes + bytes > ASYNC_QUEUE_BYTES_MAX || stopping.signal.aborted) {
        return refuse('TooManyRequestsException', 'Rate Exceeded: too many events wait for their invocation');
      }
      const requestId = randomUUID();
      const event = { requestId, functionName, event: text, queuedAtMs: Date.now(), failures: 0 };
      await queue.put(event);
      makeReady(event);
      return { kind: 'queued', requestId };
    },
    resume() {
      left.splice(0).forEach(makeReady);
    },
    async stop() {
      stopping.abort();
      await settleWithin(Promise.all(running), STOP_TIMEOUT_MS);
    },
  };
}
