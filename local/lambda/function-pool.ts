import assert from 'node:assert';
import type { FunctionDefinition } from './function-definition.ts';
import { type FunctionInstance, type Outcome, startInstance } from './function-instance.ts';
import type { FunctionLog } from './function-log.ts';

/** How many threads a function may have without a reservation. An account has 1,000; a laptop has two cores. */
const INSTANCES_MAX = 10;

/** Invocations that wait for a thread; beyond it they are throttled. */
const QUEUE_LENGTH_MAX = 1000;

/** A thread that nobody needed for this long is ended; the last one stays. */
const IDLE_MS_MAX = 60_000;

export interface FunctionPool {
  /** The event is JSON text. Never rejects. */
  invoke(event: string, requestId: string): Promise<Outcome | 'throttled'>;
  /** Makes room for so many invocations at a time, unless the template reserves a number. */
  allow(instances: number): void;
  close(): Promise<void>;
}

interface Waiting {
  readonly event: string;
  readonly requestId: string;
  readonly resolve: (outcome: Outcome | 'throttled') => void;
}

/** The instances of one function: more are started as invocations overlap, up to a bound. */
export function createFunctionPool(
  definition: FunctionDefinition,
  endpoints: Readonly<Record<string, string>>,
  log: FunctionLog,
): FunctionPool {
  let instancesMax = definition.reservedConcurrency ?? INSTANCES_MAX;
  let closed = false;
  const idle: { readonly instance: FunctionInstance; readonly sinceMs: number }[] = [];
  const instances = new Set<FunctionInstance>();
  const queue: Waiting[] = [];

  function acquire(): FunctionInstance | undefined {
    // The latest first, so that those that nobody needs grow old at the other end.
    for (let candidate = idle.pop(); candidate !== undefined; candidate = idle.pop()) {
      if (candidate.instance.usable) {
        return candidate.instance;
      }
      instances.delete(candidate.instance);
    }
    if (closed || instances.size >= instancesMax) {
      return undefined;
    }
    const instance = startInstance(definition, endpoints, log);
    instances.add(instance);
    return instance;
  }

  function release(instance: FunctionInstance): void {
    if (instance.usable) {
      idle.push({ instance, sinceMs: Date.now() });
    } else {
      instances.delete(instance);
    }
  }

  function startWaiting(): void {
    while (queue.length > 0) {
      const instance = acquire();
      if (instance === undefined) {
        return;
      }
      const waiting = queue.shift();
      assert(waiting);
      void run(instance, waiting);
    }
  }

  async function run(instance: FunctionInstance, { event, requestId, resolve }: Waiting): Promise<void> {
    const outcome = await instance.invoke(event, requestId);
    release(instance);
    resolve(outcome);
    startWaiting();
  }

  const reaper = setInterval(() => {
    const bornOutMs = Date.now() - IDLE_MS_MAX;
    while (idle.length > 1 && idle[0] !== undefined && idle[0].sinceMs < bornOutMs) {
      const oldest = idle.shift();
      assert(oldest);
      instances.delete(oldest.instance);
      void oldest.instance.close();
    }
  }, IDLE_MS_MAX / 2).unref();

  return {
    invoke(event, requestId) {
      if (closed || instancesMax === 0 || queue.length >= QUEUE_LENGTH_MAX) {
        return Promise.resolve('throttled');
      }
      return new Promise((resolve) => {
        queue.push({ event, requestId, resolve });
        startWaiting();
      });
    },
    allow(count) {
      if (definition.reservedConcurrency === undefined) {
        instancesMax = Math.max(instancesMax, count);
      }
    },
    async close() {
      closed = true;
      clearInterval(reaper);
      queue.splice(0).forEach(({ resolve }) => resolve('throttled'));
      await Promise.all([...instances].map((instance) => instance.close()));
    },
  };
}
