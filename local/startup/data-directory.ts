import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Names and shapes of what lies in a data directory; another number means that this version cannot read it. */
const FORMAT = 1;
const FORMAT_FILE = 'cityweave-data.json';
const LOCK_FILE = 'lock';

export interface DataDirectory {
  /** Absolute. */
  readonly path: string;
  readonly file: (name: string) => string;
  /** Lets others start on it. */
  readonly close: () => void;
}

/**
 * Takes a directory for this process alone, makes it if absent, and empties it first if `fresh`. Throws one line when
 * another process runs on it, when it holds something else than a local cloud, or when another version wrote it.
 */
export function openDataDirectory(directory: string, { fresh }: { readonly fresh: boolean }): DataDirectory {
  const absolute = path.resolve(directory);
  mkdirSync(absolute, { recursive: true });
  assertOurs(absolute);
  const lockFile = path.join(absolute, LOCK_FILE);
  lock(lockFile);
  const close = (): void => {
    rmSync(lockFile, { force: true });
    held.delete(lockFile);
  };
  try {
    if (fresh) {
      empty(absolute);
    }
    assertFormat(path.join(absolute, FORMAT_FILE));
  } catch (error) {
    close();
    throw error;
  }
  return { path: absolute, file: (name) => path.join(absolute, name), close };
}

/** `--fresh` deletes, so a directory that holds anything else is never taken, be it given by mistake or not. */
function assertOurs(directory: string): void {
  const names = readdirSync(directory);
  if (!names.includes(FORMAT_FILE) && names.some((name) => name !== LOCK_FILE)) {
    const some = names.slice(0, 3).join(', ');
    throw new Error(`--data ${directory} is no data directory of a local cloud: it holds ${some}; give an empty one`);
  }
}

function assertFormat(file: string): void {
  try {
    writeFileSync(file, JSON.stringify({ format: FORMAT }), { flag: 'wx' });
  } catch {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8')).format;
    if (found !== FORMAT) {
      throw new Error(`${file} has format ${String(found)}, expected ${FORMAT}; start with --fresh to empty it`);
    }
  }
}

function empty(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name !== LOCK_FILE) {
      rmSync(path.join(directory, name), { recursive: true });
    }
  }
}

/** Locks of this process, to tell them from what an earlier process with the same id has left. */
const held = new Set<string>();

function lock(file: string): void {
  const holder = readHolder(file);
  if (holder !== undefined && isRunning(holder, file)) {
    throw new Error(
      `${path.dirname(file)} is in use by process ${holder}; stop that one, or choose another directory with --data`,
    );
  }
  rmSync(file, { force: true });
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (cause) {
    throw new Error(`${path.dirname(file)} was taken by another process in this very moment`, { cause });
  }
  held.add(file);
}

function readHolder(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function isRunning(pid: number, file: string): boolean {
  if (pid === process.pid) {
    return held.has(file);
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, and is another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
