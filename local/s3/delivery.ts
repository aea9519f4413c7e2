import { setTimeout as delay } from 'node:timers/promises';
import type { QueueResult } from '../lambda/invocation.ts';
import type { ObjectIndex, PendingNotification } from './object-index.ts';

/** Resolves once the event is queued where a crash does not reach it, or can never be. */
export type InvokeAsync = (functionArn: string, event: unknown) => Promise<QueueResult>;

/** An event that could not be queued is tried again after this. */
const RETRY_MS = 1000;
const BATCH_COUNT_MAX = 100;

export interface Delivery {
  /** Something may be waiting. */
  wake(): void;
  /** Begins with what an earlier run left. */
  start(invokeAsync: InvokeAsync): void;
  close(): Promise<void>;
}

/**
 * Hands kept notifications to their functions. One is forgotten only when its function's queue has it, so a crash in
 * between delivers it twice: "at least once", as S3 promises (user guide, "Amazon S3 Event Notifications").
 */
export function createDelivery(index: ObjectIndex, log: (line: string) => void): Delivery {
  let invokeAsync: InvokeAsync | undefined;
  let running: Promise<void> = Promise.resolve();
  let isRunning = false;
  const closing = new AbortController();

  async function deliver(invoke: InvokeAsync, { id, functionArn, event }: PendingNotification): Promise<boolean> {
    try {
      const result = await invoke(functionArn, event);
      if (result.kind === 'refused') log(`S3: an event for ${functionArn} is lost: ${result.message}`);
      index.removeNotification(id);
      return true;
    } catch (error) {
      log(`S3: ${functionArn} could not be given an event, trying again: ${String(error)}`);
      return false;
    }
  }

  async function run(invoke: InvokeAsync): Promise<void> {
    while (!closing.signal.aborted) {
      const batch = index.notifications(BATCH_COUNT_MAX);
      if (batch.length === 0) break;
      const delivered = await Promise.all(batch.map((each) => deliver(invoke, each)));
      if (!delivered.every(Boolean)) {
        await delay(RETRY_MS, undefined, { signal: closing.signal, ref: false }).catch(() => {});
      }
    }
    // In the same breath as the last look, so that no wake falls between them.
    isRunning = false;
  }

  function wake(): void {
    if (!invokeAsync || isRunning || closing.signal.aborted) return;
    isRunning = true;
    running = run(invokeAsync);
  }

  return {
    wake,
    start(invoke) {
      invokeAsync = invoke;
      wake();
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}
