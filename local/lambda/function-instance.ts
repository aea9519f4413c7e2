import { randomBytes } from 'node:crypto';
import type { FunctionDefinition } from './function-definition.ts';
import type { FunctionLog } from './function-log.ts';
import { describe, type Ending, startThread } from './function-thread.ts';
import { type FunctionError, RESPONSE_BYTES_MAX } from './invocation.ts';

/** Loading may take this long, and then as long again as the function's own timeout. */
const INIT_TIMEOUT_MS = 10_000;

/** One execution environment of a function: a thread with the handler loaded. One invocation at a time. */
export interface FunctionInstance {
  /** Never rejects. The event is JSON text. */
  invoke(event: string, requestId: string): Promise<Outcome>;
  /** False once the thread has ended, or is about to: it takes no further invocation. */
  readonly usable: boolean;
  close(): Promise<void>;
}

export type Outcome =
  | { readonly kind: 'returned'; readonly requestId: string; readonly payload: unknown }
  | { readonly kind: 'failed'; readonly requestId: string; readonly error: FunctionError };

export function startInstance(
  definition: FunctionDefinition,
  endpoints: Readonly<Record<string, string>>,
  log: FunctionLog,
): FunctionInstance {
  const timeoutMs = definition.timeoutSeconds * 1000;
  const thread = startThread(definition, endpoints, log);
  const loading = thread.load(INIT_TIMEOUT_MS + timeoutMs);

  async function run(requestId: string, event: string): Promise<Ending> {
    const loaded = await loading;
    if (loaded.kind !== 'ready') {
      return loaded;
    }
    if (!thread.alive) {
      return { kind: 'exited', how: 'between invocations' };
    }
    const invokedFunctionArn = definition.arn;
    const deadlineMs = Date.now() + timeoutMs;
    return thread.run({ requestId, event, deadlineMs, invokedFunctionArn, traceHeader: newTraceHeader() }, timeoutMs);
  }

  return {
    async invoke(event, requestId) {
      const ending = await run(requestId, event);
      if (ending.kind !== 'returned' && ending.kind !== 'threw') {
        await thread.terminate();
      }
      const outcome = outcomeOf(ending, requestId, definition);
      if (outcome.kind === 'failed') {
        log.write(`${new Date().toISOString()}\t${requestId}\tERROR\tInvoke Error\t${describe(outcome.error)}\n`);
      }
      return outcome;
    },
    get usable() {
      return thread.alive;
    },
    close: () => thread.terminate(),
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

/** Not sampled, so that a tracer in the function sends nothing. */
function newTraceHeader(): string {
  const epochSeconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${epochSeconds}-${randomBytes(12).toString('hex')};Parent=${randomBytes(8).toString('hex')};Sampled=0`;
}
