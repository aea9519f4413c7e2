import { parentPort } from 'node:worker_threads';
import { type Input, isInput } from './input.ts';
import { parseJson, stringifyJson } from './json.ts';
import { type Refusal, refusalOf, refuse, statusOf } from './refusal.ts';
import type { ThreadAnswer, ThreadMessage, ThreadOrder, ThreadRequest } from './thread-protocol.ts';

/** Qualifies error types, as the service's own answers do; SDKs look at what follows the `#`. */
const ERROR_NAMESPACE = 'com.amazonaws.timestream.v20181101';

export type PerformOperation = (operation: string, input: Input, nowMs: number) => object;

/** Answers requests one after the other, in the order in which they come, until told to close. */
export function serveThread(perform: PerformOperation, close: () => void): void {
  parentPort?.on('message', (order: ThreadOrder) => {
    if (order === 'close') {
      close();
      parentPort?.close();
    } else {
      send(answer(order, perform));
    }
  });
  send('ready');
}

function send(message: ThreadMessage): void {
  parentPort?.postMessage(message);
}

function answer(request: ThreadRequest, perform: PerformOperation): ThreadAnswer {
  const { id, operation, nowMs } = request;
  try {
    return { id, status: 200, body: stringifyJson(perform(operation, readInput(request.body), nowMs)) };
  } catch (error) {
    const refusal = refusalOf(error) ?? internalError(operation, error);
    const __type = `${ERROR_NAMESPACE}#${refusal.type}`;
    return {
      id,
      status: statusOf(refusal),
      body: stringifyJson({ __type, Message: refusal.message, ...refusal.detail }),
    };
  }
}

function readInput(body: Uint8Array): Input {
  try {
    const input = parseJson(Buffer.from(body).toString() || '{}');
    return isInput(input) ? input : refuse('SerializationException', 'the body is no JSON object');
  } catch (error) {
    if (error instanceof SyntaxError) {
      return refuse('SerializationException', `the body is no JSON: ${error.message}`);
    }
    throw error;
  }
}

/** A disk that is full or a mistake of ours: the caller may try again, and the terminal tells what it was. */
function internalError(operation: string, error: unknown): Refusal {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`Timestream ${operation} failed: ${error instanceof Error ? error.stack : message}\n`);
  return { type: 'InternalServerException', message: `${operation} failed: ${message}`, detail: {} };
}
