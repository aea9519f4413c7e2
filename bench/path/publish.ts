import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Ledger } from './ledger.ts';
import type { PublisherTask } from './publisher.ts';

/** A divisor of the number of assets, so that one thread has all readings of an asset. */
const THREADS = 2;
/** The threads load, connect and begin together. */
const CONNECT_MS = 1500;

export interface Load {
  readonly startAtMs: number;
  readonly endAtMs: number;
  /** Resolves when every reading is acknowledged, or given up. */
  readonly done: Promise<void>;
}

/** Connects the devices and begins to publish, in threads of their own. */
export async function startLoad(
  mqttUrl: string,
  ledger: Ledger,
  { rate, seconds }: Pick<PublisherTask, 'rate'> & { readonly seconds: number },
): Promise<Load> {
  const startAtMs = Date.now() + CONNECT_MS;
  const endAtMs = startAtMs + seconds * 1000;
  const workers = Array.from({ length: THREADS }, (_, thread) => {
    const workerData: PublisherTask = { mqttUrl, ledger, thread, threads: THREADS, rate, startAtMs, endAtMs };
    return new Worker(new URL('./publisher.ts', import.meta.url), { workerData });
  });
  const ended = workers.map((worker) => once(worker, 'exit'));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  return { startAtMs, endAtMs, done: Promise.all(ended).then(() => {}) };
}
