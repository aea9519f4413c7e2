import { existsSync, readFileSync } from 'node:fs';
import { appendFile, rm } from 'node:fs/promises';
import type { Source, SourceRecord } from './source.ts';

/** Records that producers put. */
export interface DirectSource extends Source {
  /** Resolves once the records survive the death of this process. */
  put(records: readonly Buffer[]): Promise<void>;
}

/**
 * Keeps what is put in `file`, one record a line, until it is delivered. What is being delivered stands in a second
 * file; both are read again after a crash, so each record is delivered at least once.
 */
export function openDirectSource(file: string, nowMs: () => number): DirectSource {
  const beingDelivered = `${file}.delivering`;
  let waiting = [...readSpool(beingDelivered), ...readSpool(file)];
  // Appends and renames must not overtake one another.
  let lastWrite: Promise<unknown> = Promise.resolve();
  function inTurn<Result>(write: () => Promise<Result>): Promise<Result> {
    const result = lastWrite.then(write);
    lastWrite = result.catch(() => {});
    return result;
  }

  return {
    put: (records) =>
      inTurn(async () => {
        const spooled = records.map((data) => ({ arrivedAtMs: nowMs(), data }));
        await appendFile(file, spooled.map(writeLine).join(''));
        waiting.push(...spooled);
      }),
    read: () =>
      inTurn(async () => {
        const read = waiting;
        waiting = [];
        if (read.length > 0 && existsSync(file)) {
          await appendFile(beingDelivered, readFileSync(file));
          await rm(file);
        }
        return read;
      }),
    commit: () => inTurn(() => rm(beingDelivered, { force: true })),
    close: async () => void (await lastWrite),
  };
}

function writeLine({ arrivedAtMs, data }: SourceRecord): string {
  return `${arrivedAtMs} ${Buffer.from(data).toString('base64')}\n`;
}

/** A line that was cut short by a crash is one that nobody was told of. */
function readSpool(file: string): SourceRecord[] {
  const lines = existsSync(file) ? readFileSync(file, 'latin1').split('\n').slice(0, -1) : [];
  return lines.map((line) => {
    const [arrivedAtMs, data = ''] = line.split(' ');
    return { arrivedAtMs: Number(arrivedAtMs), data: Buffer.from(data, 'base64') };
  });
}
