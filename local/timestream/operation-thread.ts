import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { AwsResponse } from '../gateway/aws-service.ts';
import type { ThreadAnswer, ThreadData, ThreadMessage, ThreadOrder, ThreadRequest } from './thread-protocol.ts';

/** A thread that performs operations, as the main thread sees it. */
export interface OperationThread {
  perform(request: Omit<ThreadRequest, 'id'>): Promise<AwsResponse>;
  /** Answers what was asked before, closes the file, ends the thread. */
  close(): Promise<void>;
}

const HEADERS = { 'content-type': 'application/x-amz-json-1.0' };

/** A file that does not open throws here. Should the thread end later, what it was asked fails and it is not replaced. */
export async function startOperationThread(script: URL, data: ThreadData): Promise<OperationThread> {
  const worker = new Worker(script, { name: 'timestream', workerData: data });
  // `once` throws with the error of a thread that ends before it is ready.
  await once(worker, 'message');

  const waiting = new Map<number, (answer: ThreadAnswer) => void>();
  let lastId = 0;
  let failure: string | undefined;
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));

  function fail(reason: string): void {
    failure ??= reason;
    for (const [id, settle] of waiting) {
      settle(unavailable(id, failure));
    }
    waiting.clear();
  }

  worker.on('message', (message: ThreadMessage) => {
    if (message !== 'ready') {
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    }
  });
  worker.on('error', (error: Error) => fail(error.message));
  worker.on('exit', () => fail('it is closed'));

  return {
    async perform(request) {
      lastId += 1;
      const order: ThreadOrder = { ...request, id: lastId };
      const { status, body } = await new Promise<ThreadAnswer>((resolve) => {
        if (failure !== undefined) {
          resolve(unavailable(order.id, failure));
          return;
        }
        waiting.set(order.id, resolve);
        worker.postMessage(order);
      });
      return { status, headers: HEADERS, body };
    },
    async close() {
      worker.postMessage('close' satisfies ThreadOrder);
      await exited;
    },
  };
}

/** An error of the server, so that SDKs try again and a function's batch is kept. */
function unavailable(id: number, reason: string): ThreadAnswer {
  const Message = `Timestream of the local cloud does not answer: ${reason}; start the local cloud again`;
  return { id, status: 500, body: JSON.stringify({ __type: 'InternalServerException', Message }) };
}
