/**
 * Runs: what has been joined so far, on disk. A run is a directory that holds its twins in partitions by asset, so that
 * all runs can be joined a partition at a time, and says of what they are the join. A run is there under its name only
 * when it is whole; that two hold the same observation does no harm.
 */

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { constants, createGunzip, createGzip } from 'node:zlib';
import { type Accumulator, createAccumulator } from '../../core/archive/accumulator.ts';
import { decodeTwinLine, encodeTwinLine } from '../../core/archive/twin-line.ts';
import { bucketOf } from '../../core/codec/bucket.ts';
import type { StoredTwin } from '../../core/ports.ts';

/** At a million twins, of 3 KB each in memory, a partition takes some 200 MB. */
export const PARTITIONS = 16;
const CHUNK_CHARACTERS = 64 * 1024;
const CONTENTS_FILE = 'contents.json';

/** An object that was joined, and what became of it. */
export interface JoinedObject {
  readonly key: string;
  readonly observations: number;
  /** Why what follows in it could not be read. */
  readonly damage?: string;
}

interface Contents {
  readonly objects: readonly JoinedObject[];
}

export interface Run extends Contents {
  readonly directory: string;
}

/** Writes a run below `directory`. */
export async function writeRun(
  directory: string,
  twins: Iterable<StoredTwin> | AsyncIterable<StoredTwin>,
  objects: readonly JoinedObject[] = [],
): Promise<Run> {
  const name = path.join(directory, `run-${randomUUID()}`);
  const unfinished = `${name}.unfinished`;
  await mkdir(unfinished, { recursive: true });
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) =>
    openLines(partitionFile(unfinished, partition)),
  );
  for await (const stored of twins) {
    await partitions[bucketOf(stored.twin.assetId, PARTITIONS)]?.write(encodeTwinLine(stored));
  }
  await Promise.all(partitions.map((lines) => lines.close()));
  await writeFile(path.join(unfinished, CONTENTS_FILE), JSON.stringify({ objects } satisfies Contents));
  await rename(unfinished, name);
  return { directory: name, objects };
}

/** The whole ones below `directory`; what was not finished is removed. */
export async function findRuns(directory: string): Promise<Run[]> {
  await mkdir(directory, { recursive: true });
  const runs: Run[] = [];
  for (const name of await readdir(directory)) {
    const run = path.join(directory, name);
    if (name.endsWith('.unfinished')) await rm(run, { recursive: true });
    else
      runs.push({ directory: run, ...(JSON.parse(await readFile(path.join(run, CONTENTS_FILE), 'utf8')) as Contents) });
  }
  return runs;
}

export async function removeRun({ directory }: Run): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}

/** The join of one partition of all runs. */
export async function joinPartition(runs: readonly Run[], partition: number): Promise<Accumulator> {
  const joined = createAccumulator();
  for (const { directory } of runs) {
    const input = createReadStream(partitionFile(directory, partition)).pipe(createGunzip());
    for await (const line of createInterface({ input })) joined.addTwin(decodeTwinLine(line));
  }
  return joined;
}

function partitionFile(directory: string, partition: number): string {
  return path.join(directory, `partition-${String(partition).padStart(2, '0')}.ndjson.gz`);
}

interface Lines {
  write(line: string): Promise<void>;
  close(): Promise<void>;
}

/** Gzipped lines: read once, soon, and on this machine, so that speed counts for more than size. */
function openLines(file: string): Lines {
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  const output = createWriteStream(file);
  const finished = once(gzip.pipe(output), 'finish');
  let chunk = '';
  return {
    async write(line) {
      chunk += `${line}\n`;
      if (chunk.length < CHUNK_CHARACTERS) return;
      const isFull = !gzip.write(chunk);
      chunk = '';
      if (isFull) await once(gzip, 'drain');
    },
    async close() {
      gzip.end(chunk);
      await finished;
    },
  };
}
