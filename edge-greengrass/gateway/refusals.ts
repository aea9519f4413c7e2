import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Sample } from '../ports.ts';

/** Of the file; a full one becomes `….1`, and the one before it goes. */
const FILE_BYTES_MAX = 1024 * 1024;
/** Of more the newest are counted only: a sensor gone wild must not wear the disk out. */
export const KEPT_PER_MINUTE_MAX = 600;
const MINUTE_MS = 60_000;

/** Samples that were refused, each with its reason, for whoever mends the sensor. */
export interface Refusals {
  keep(sample: Sample, reason: string, detail: string, atMs: number): void;
  /** Resolves once what was kept so far is in the file, or could not be written. */
  flush(): Promise<void>;
}

/** Never throws: a disk that takes nothing takes no refusals either, and they are counted in any case. */
export function createRefusals(file: string, fileBytesMax = FILE_BYTES_MAX): Refusals {
  let waiting: string[] = [];
  let minute = { number: 0, kept: 0 };
  let writing = Promise.resolve();

  const writeAll = async (): Promise<void> => {
    const lines = waiting;
    waiting = [];
    if (lines.length === 0) return;
    try {
      await mkdir(path.dirname(file), { recursive: true });
      if ((await bytesOf(file)) >= fileBytesMax) await rename(file, `${file}.1`);
      await appendFile(file, lines.join(''));
    } catch {
      // Counted already.
    }
  };

  return {
    keep(sample, reason, detail, atMs) {
      const number = Math.floor(atMs / MINUTE_MS);
      if (number !== minute.number) minute = { number, kept: 0 };
      if (minute.kept >= KEPT_PER_MINUTE_MAX) return;
      minute.kept += 1;
      const { sensor, stream, observedAtMs, counter, position } = sample;
      const values = Object.fromEntries(sample.values);
      const line = { atMs, reason, detail, sensor, stream, observedAtMs, counter, values, position };
      waiting.push(`${JSON.stringify(line)}\n`);
      if (waiting.length === 1) writing = writing.then(writeAll);
    },
    flush: () => writing,
  };
}

async function bytesOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}
