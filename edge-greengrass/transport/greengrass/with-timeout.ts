import { setTimeout as delay } from 'node:timers/promises';
import { TransportError } from '../transport-error.ts';

/** The nucleus's own client waits for ever; this rejects when the answer has not come in time. */
export async function withTimeout<Value>(promise: Promise<Value>, timeoutMs: number): Promise<Value> {
  const timer = new AbortController();
  const timeout = delay(timeoutMs, undefined, { signal: timer.signal, ref: false }).then(() => {
    throw new TransportError('line-down', `the Greengrass nucleus has not answered within ${timeoutMs} ms`);
  });
  // Also where the answer was first: then nobody waits for the timer any more.
  timeout.catch(() => {});
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    timer.abort();
  }
}
