import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A crash repeats at most what was done in this time; handlers run at least once anyway. */
const WRITE_INTERVAL_MS = 100;

/** How far a mapping has come in each shard of its stream. Never ahead of what was processed. */
export interface Checkpoints {
  /** The last sequence number done, undefined for a shard never read. */
  get(shardId: string): string | undefined;
  advance(shardId: string, sequenceNumber: string): void;
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

/** Takes up the file that an earlier run left. Throws when it cannot be read. */
export async function openCheckpoints(file: string, onError: (error: unknown) => void): Promise<Checkpoints> {
  await mkdir(path.dirname(file), { recursive: true });
  const positions = readPositions(file);
  let dirty = false;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    dirty = false;
    // Renaming is atomic: a crash leaves the old positions or the new ones, never half a file.
    await writeFile(`${file}.new`, JSON.stringify(Object.fromEntries(positions)));
    await rename(`${file}.new`, file);
  }

  function writeAfterOthers(): Promise<void> {
    timer = undefined;
    writing = writing.then(write).catch((error: unknown) => {
      onError(error);
      schedule();
    });
    return writing;
  }

  function schedule(): void {
    dirty = true;
    timer ??= setTimeout(() => void writeAfterOthers(), WRITE_INTERVAL_MS);
  }

  return {
    get: (shardId) => positions.get(shardId),
    advance(shardId, sequenceNumber) {
      positions.set(shardId, sequenceNumber);
      schedule();
    },
    async close() {
      clearTimeout(timer);
      await (dirty ? writeAfterOthers() : writing);
      clearTimeout(timer);
    },
  };
}

function readPositions(file: string): Map<string, string> {
  if (!existsSync(file)) {
    return new Map();
  }
  try {
    const positions: Record<string, string> = JSON.parse(readFileSync(file, 'utf8'));
    return new Map(Object.entries(positions));
  } catch (cause) {
    throw new Error(`checkpoints: ${file} is not JSON; without it the mapping begins at its StartingPosition`, {
      cause,
    });
  }
}
