/** A thread that joins objects of the archive, one after the other while the next one is on its way, and keeps runs. */

import { parentPort, workerData } from 'node:worker_threads';
import { type Accumulator, createAccumulator } from '../../core/archive/accumulator.ts';
import { type ArchivePlace, openArchive } from './archive-store.ts';
import type { LogWindow } from '../../core/archive/archived-log.ts';
import { joinObject } from './read-object.ts';
import { type JoinedObject, removeRun, type Run, writeRun } from './runs.ts';

export interface WorkerSettings {
  readonly place: ArchivePlace;
  readonly received: LogWindow;
  readonly runsDirectory: string;
}

/** A key to join, or that there are no more. */
export type ToWorker = { readonly kind: 'join'; readonly key: string } | { readonly kind: 'finish' };

export type FromWorker =
  | { readonly kind: 'joined'; readonly object: JoinedObject }
  | { readonly kind: 'failed'; readonly key: string; readonly detail: string }
  | { readonly kind: 'finished' };

/** How much work an interruption may cost. */
const SAVE_EVERY_MS = 30_000;
/** Of 3 KB each: some 600 MB. Then a new run begins. */
const TWINS_MAX = 200_000;

const { place, received, runsDirectory } = workerData as WorkerSettings;
const archive = openArchive(place);
let accumulator: Accumulator = createAccumulator();
let objects: JoinedObject[] = [];
let saved: Run | undefined;
let savedAtMs = performance.now();
let turn: Promise<void> = Promise.resolve();

function tell(message: FromWorker): void {
  parentPort?.postMessage(message);
}

/** Writes the run anew with what came since, and then removes what it replaces. */
async function save(): Promise<void> {
  if (objects.length > (saved?.objects.length ?? 0)) {
    const before = saved;
    saved = await writeRun(runsDirectory, accumulator.twins(), objects);
    if (before) await removeRun(before);
  }
  if (accumulator.size >= TWINS_MAX) {
    accumulator = createAccumulator();
    objects = [];
    saved = undefined;
  }
  savedAtMs = performance.now();
}

async function join(key: string, reading: Promise<Uint8Array>): Promise<void> {
  try {
    const object = joinObject(accumulator, key, await reading, received);
    objects.push(object);
    if (accumulator.size >= TWINS_MAX || performance.now() - savedAtMs > SAVE_EVERY_MS) await save();
    tell({ kind: 'joined', object });
  } catch (error) {
    tell({ kind: 'failed', key, detail: error instanceof Error ? error.message : String(error) });
  }
}

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'join') {
    const reading = archive.read(message.key);
    // It is awaited in its turn; until then nobody else hears of a failure.
    reading.catch(() => {});
    turn = turn.then(() => join(message.key, reading));
  } else {
    turn = turn.then(async () => {
      await save();
      archive.close();
      tell({ kind: 'finished' });
      parentPort?.close();
    });
  }
});
