/**
 * The runtime of one function instance: the entry of its worker thread. It loads the handler from the bundle, then
 * answers one invocation at a time, as the Node.js runtime of Lambda does.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { FunctionError } from './invocation.ts';
import { type Handler, loadHandler } from './runtime-loader.ts';
import type { InvocationRequest, RuntimeMessage, RuntimeStart } from './runtime-protocol.ts';

/** Exit statuses of Lambda's runtime for what no handler awaits. */
const EXIT_UNHANDLED_REJECTION = 128;
const EXIT_UNCAUGHT_EXCEPTION = 129;

const start: RuntimeStart = workerData;

function post(message: RuntimeMessage): void {
  parentPort?.postMessage(message, []);
}

/**
 * What a function prints is posted at once. A worker's own standard output waits for the parent between chunks, so the
 * last lines before a hang or a crash, the ones that matter, would be lost.
 */
function postOutput(stream: NodeJS.WriteStream): void {
  stream.write = (
    chunk: string | Uint8Array,
    encodingOrDone?: BufferEncoding | ((error?: Error | null) => void),
    done?: (error?: Error | null) => void,
  ): boolean => {
    post({ kind: 'output', text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString() });
    const callback = typeof encodingOrDone === 'function' ? encodingOrDone : done;
    callback?.();
    return true;
  };
}

function crashOn(event: 'uncaughtException' | 'unhandledRejection', exitStatus: number): void {
  process.on(event, (reason: unknown) => {
    const error = describe(reason);
    post({
      kind: 'crashed',
      error:
        event === 'unhandledRejection'
          ? { ...error, errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: String(reason) }
          : error,
    });
    process.exit(exitStatus);
  });
}

/** docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */
function describe(thrown: unknown): FunctionError {
  return thrown instanceof Error
    ? { errorType: thrown.name, errorMessage: thrown.message, trace: (thrown.stack ?? '').split('\n') }
    : { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
}

/** docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
function contextOf(request: InvocationRequest): Readonly<Record<string, unknown>> {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: start.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: request.invokedFunctionArn,
    memoryLimitInMB: String(start.memorySizeMb),
    awsRequestId: request.requestId,
    logGroupName: start.logGroupName,
    logStreamName: start.logStreamName,
    identity: undefined,
    clientContext: undefined,
    getRemainingTimeInMillis: () => Math.max(0, request.deadlineMs - Date.now()),
  };
}

async function answer(handler: Handler, request: InvocationRequest): Promise<RuntimeMessage> {
  const { requestId } = request;
  process.env._X_AMZN_TRACE_ID = request.traceHeader;
  try {
    const returned = await handler(JSON.parse(request.event), contextOf(request));
    return { kind: 'returned', requestId, payload: toJson(returned) };
  } catch (error) {
    return { kind: 'threw', requestId, error: describe(error) };
  }
}

function toJson(returned: unknown): string {
  try {
    return JSON.stringify(returned) ?? 'null';
  } catch (cause) {
    const error = new Error('Unable to stringify response body', { cause });
    error.name = 'Runtime.JSONStringifyError';
    throw error;
  }
}

postOutput(process.stdout);
postOutput(process.stderr);
crashOn('uncaughtException', EXIT_UNCAUGHT_EXCEPTION);
crashOn('unhandledRejection', EXIT_UNHANDLED_REJECTION);

const handler = await loadHandler(start.taskRoot, start.handler, start.runtime);
if (typeof handler === 'function') {
  parentPort?.on('message', (request: InvocationRequest) => {
    // Never rejects: whatever the handler throws is in the answer.
    void answer(handler, request).then(post);
  });
  post({ kind: 'ready' });
} else {
  post({ kind: 'unloadable', error: handler });
}
