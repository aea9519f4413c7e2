import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { environmentOf, type FunctionDefinition, logGroupName } from './function-definition.ts';
import type { FunctionLog } from './function-log.ts';
import type { FunctionError } from './invocation.ts';
import { watchExternalMemory } from './memory-watch.ts';
import type { InvocationRequest, RuntimeMessage, RuntimeStart } from './runtime-protocol.ts';

/**
 * For what is short-lived. By default V8 lets this grow to 192 MB in each thread and hardly gives any back, which for the
 * functions of a city is half a gigabyte of empty memory.
 */
const YOUNG_GENERATION_MB = 24;

/** What ends a wait for a thread: its own words, the end of the thread, or the end of patience. */
export type Ending =
  | Exclude<RuntimeMessage, { readonly kind: 'output' }>
  | { readonly kind: 'exited'; readonly how: string }
  | { readonly kind: 'timed-out' };

/** A worker thread with the runtime of one function in it. */
export interface FunctionThread {
  /** Resolves once the handler is loaded, or will not be. */
  load(timeoutMs: number): Promise<Ending>;
  /** Hands over an invocation and waits for its end. Not before the one before has ended. */
  run(request: InvocationRequest, timeoutMs: number): Promise<Ending>;
  /** True until the thread has ended, or has said that it will. */
  readonly alive: boolean;
  terminate(): Promise<void>;
}

export function startThread(
  definition: FunctionDefinition,
  endpoints: Readonly<Record<string, string>>,
  log: FunctionLog,
): FunctionThread {
  const worker = new Worker(new URL('./runtime.ts', import.meta.url), {
    name: definition.name,
    workerData: runtimeStart(definition),
    env: environmentOf(definition, endpoints),
    resourceLimits: {
      maxOldGenerationSizeMb: definition.memorySizeMb,
      maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
    },
    stdout: true,
    stderr: true,
  });
  let alive = true;
  let settle: ((ending: Ending) => void) | undefined;

  function wait(timeoutMs: number): Promise<Ending> {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    const timer = setTimeout(() => settle?.({ kind: 'timed-out' }), timeoutMs);
    settle = (ending) => {
      clearTimeout(timer);
      settle = undefined;
      resolve(ending);
    };
    return promise;
  }

  /** A thread may give its reason and then exit; the reason is what counts, and it comes first. */
  function end(ending: Ending): void {
    alive = false;
    settle?.(ending);
  }

  function endForMemory(): void {
    log.write(`${definition.name}: MemorySize of ${definition.memorySizeMb} MB is not enough\n`);
    end({ kind: 'exited', how: 'signal: killed' });
  }

  worker.on('message', (message: RuntimeMessage) => {
    if (message.kind === 'output') {
      log.write(message.text);
    } else if (message.kind === 'crashed' || message.kind === 'unloadable') {
      log.write(`${describe(message.error)}\n`);
      end(message);
    } else {
      settle?.(message);
    }
  });
  worker.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      endForMemory();
    } else {
      end({ kind: 'exited', how: String(error) });
    }
  });
  worker.on('exit', (status) => end({ kind: 'exited', how: `exit status ${status}` }));
  for (const output of [worker.stdout, worker.stderr]) {
    output.setEncoding('utf8').on('data', (text: string) => log.write(text));
  }

  return {
    load: wait,
    run(request, timeoutMs) {
      const ending = wait(timeoutMs);
      worker.postMessage(request, []);
      return ending.finally(watchExternalMemory(worker, definition.memorySizeMb, endForMemory));
    },
    get alive() {
      return alive;
    },
    async terminate() {
      end({ kind: 'exited', how: 'terminated' });
      await worker.terminate();
    },
  };
}

function runtimeStart(definition: FunctionDefinition): RuntimeStart {
  const { taskRoot, handler, runtime, name, memorySizeMb } = definition;
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  return {
    taskRoot,
    handler,
    runtime,
    functionName: name,
    memorySizeMb,
    logGroupName: logGroupName(definition),
    logStreamName: `${day}/[$LATEST]${randomBytes(16).toString('hex')}`,
  };
}

/** As the runtime writes an error to the log. */
export function describe({ errorType, errorMessage, trace }: FunctionError): string {
  return JSON.stringify({ errorType, errorMessage, stack: trace ?? [] });
}
