import { Worker } from 'node:worker_threads';
import type { ArchivedObject } from './archive-store.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './worker.ts';

/** One is joined while the next is on its way. */
const OBJECTS_AHEAD = 2;

export interface JoinOptions extends WorkerSettings {
  readonly workers: number;
  /** Told after each object. */
  readonly onJoined: (joined: { readonly bytes: number; readonly observations: number }) => void;
}

export interface Unreadable {
  readonly key: string;
  readonly detail: string;
}

/**
 * Joins objects on worker threads, each of which takes the next one when it is done with one. Gives those that cannot be
 * read. Rejects when a thread dies.
 */
export async function joinObjects(
  objects: readonly Pick<ArchivedObject, 'key' | 'bytes'>[],
  { workers, onJoined, ...settings }: JoinOptions,
): Promise<Unreadable[]> {
  const bytesOf = new Map(objects.map(({ key, bytes }) => [key, bytes]));
  const waiting = objects.values();
  const unreadable: Unreadable[] = [];

  const run = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: settings });
      const send = (message: ToWorker): void => worker.postMessage(message);
      let underWay = 0;
      let isFinishing = false;
      const feed = (): void => {
        while (underWay < OBJECTS_AHEAD) {
          const { value: next } = waiting.next();
          if (next === undefined) break;
          underWay += 1;
          send({ kind: 'join', key: next.key });
        }
        if (underWay === 0 && !isFinishing) {
          isFinishing = true;
          send({ kind: 'finish' });
        }
      };
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'finished') return resolve();
        underWay -= 1;
        if (message.kind === 'failed') {
          unreadable.push({ key: message.key, detail: message.detail });
        } else {
          const { key, observations } = message.object;
          onJoined({ bytes: bytesOf.get(key) ?? 0, observations });
        }
        feed();
      });
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`a thread of the rebuild has ended with code ${code}`)));
      feed();
    });

  await Promise.all(Array.from({ length: Math.min(workers, Math.max(1, objects.length)) }, run));
  return unreadable;
}
