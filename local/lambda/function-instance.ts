import { randomBytes, randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { environmentOf, type FunctionDefinition, logGroupName } from './function-definition.ts';
import type { FunctionLog } from './function-log.ts';
import { type FunctionError, RESPONSE_BYTES_MAX } from './invocation.ts';
import { watchExternalMemory } from './memory-watch.ts';
import type { InvocationRequest, RuntimeMessage, RuntimeStart } from './runtime-protocol.ts';

/** Loading may take this long, and then as long again as the function's own timeout. */
export const INIT_TIMEOUT_MS = 10_000;

/** One execution environment of a function: a worker thread with the handler loaded. One invocation at a time. */
export interface FunctionInstance {
  /** Never rejects. The event is JSON text. */
  invoke(event: string): Promise<Outcome>;
  /** False once the thread has ended, or is about to: it takes no further invocation. */
  readonly usable: boolean;
  close(): Promise<void>;
}

export type Outcome =
  | { readonly kind: 'returned'; readonly requestId: string; readonly payload: unknown }
  | { readonly kind: 'failed'; readonly requestId: string; readonly error: FunctionError };

/** What ends an invocation: the thread's own words, or the end of the thread. */
type Ending = RuntimeMessage | { readonly kind: 'exited'; readonly how: string } | { readonly kind: 'timed-out' };

export function startInstance(
  definition: FunctionDefinition,
  endpoints: Readonly<Record<string, string>>,
  log: FunctionLog,
): FunctionInstance {
  const worker = new Worker(new URL('./runtime.ts', import.meta.url), {
    name: definition.name,
    workerData: runtimeStart(definition),
    env: environmentOf(definition, endpoints),
    resourceLimits: { maxOldGenerationSizeMb: definition.memorySizeMb },
    stdout: true,
    stderr: true,
  });
  let usable = true;
  let settle: ((ending: Ending) => void) | undefined;
  const ready = expect(INIT_TIMEOUT_MS + definition.timeoutSeconds * 1000);

  /** The next ending of this thread: at most one is awaited at a time. */
  function expect(timeoutMs: number): Promise<Ending> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle?.({ kind: 'timed-out' }), timeoutMs);
      settle = (ending) => {
        clearTimeout(timer);
        settle = undefined;
        resolve(ending);
      };
    });
  }

  /** A thread may give its reason and then exit; the reason is what counts, and it comes first. */
  function end(ending: Ending): void {
    usable = false;
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

  async function invoke(event: string): Promise<Outcome> {
    const requestId = randomUUID();
    const loaded = await ready;
    const ending = loaded.kind === 'ready' ? await run(requestId, event) : loaded;
    const outcome = outcomeOf(ending, requestId, definition);
    if (ending.kind !== 'returned' && ending.kind !== 'threw') {
      usable = false;
      await worker.terminate();
    }
    if (outcome.kind === 'failed') {
      log.write(`${new Date().toISOString()}\t${requestId}\tERROR\tInvoke Error\t${describe(outcome.error)}\n`);
    }
    return outcome;
  }

  function run(requestId: string, event: string): Promise<Ending> {
    const timeoutMs = definition.timeoutSeconds * 1000;
    if (!usable) {
      return Promise.resolve({ kind: 'exited', how: 'between invocations' });
    }
    const ending = expect(timeoutMs);
    const request: InvocationRequest = {
      requestId,
      event,
      deadlineMs: Date.now() + timeoutMs,
      invokedFunctionArn: definition.arn,
      traceHeader: newTraceHeader(),
    };
    worker.postMessage(request, []);
    const unwatch = watchExternalMemory(worker, definition.memorySizeMb, endForMemory);
    return ending.finally(unwatch);
  }

  return {
    invoke,
    get usable() {
      return usable;
    },
    async close() {
      end({ kind: 'exited', how: 'the local cloud is stopping' });
      await worker.terminate();
    },
  };
}

/** docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html */
function outcomeOf(ending: Ending, requestId: string, { timeoutSeconds }: FunctionDefinition): Outcome {
  const failed = (error: FunctionError): Outcome => ({ kind: 'failed', requestId, error });
  switch (ending.kind) {
    case 'returned':
      return Buffer.byteLength(ending.payload) > RESPONSE_BYTES_MAX
        ? failed({
            errorType: 'Function.ResponseSizeTooLarge',
            errorMessage: `Response payload size exceeded maximum allowed payload size (${RESPONSE_BYTES_MAX} bytes).`,
          })
        : { kind: 'returned', requestId, payload: JSON.parse(ending.payload) };
    case 'threw':
    case 'crashed':
    case 'unloadable':
      return failed(ending.error);
    case 'timed-out':
      return failed({
        errorType: 'Sandbox.Timedout',
        errorMessage: `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
      });
    case 'exited':
      return failed({
        errorType: 'Runtime.ExitError',
        errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: ${ending.how}`,
      });
    default:
      throw new Error(`instance: ${ending.kind} does not end an invocation`);
  }
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

/** Not sampled, so that a tracer in the function sends nothing. */
function newTraceHeader(): string {
  const epochSeconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${epochSeconds}-${randomBytes(12).toString('hex')};Parent=${randomBytes(8).toString('hex')};Sampled=0`;
}

function describe({ errorType, errorMessage, trace }: FunctionError): string {
  return JSON.stringify({ errorType, errorMessage, stack: trace ?? [] });
}
