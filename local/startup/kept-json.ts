import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Reads a JSON file that {@link writeKept} wrote; undefined where there is none. */
export function readKept(file: string) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      return undefined;
    }
    throw new Error(`${file} cannot be read; start with --fresh to empty the data directory`, { cause });
  }
}

/** In one step: a process that is killed leaves the old file or the new one. */
export function writeKept(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}
