import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CHECKPOINT_FORMAT } from '../../core/archive/checkpoint.ts';

/** What a rebuild has on disk until it is done, so that one that was interrupted goes on where it was. */
export interface RebuildState {
  readonly runsDirectory: string;
  /** Whether this rebuild was writing that table. */
  hasBegunTable(tableName: string): boolean;
  beginTable(tableName: string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * The state of the rebuild that `identity` describes, below `directory`: another window or another archive has a state of
 * its own, and so has another version of what is kept in it.
 */
export async function openState(directory: string, identity: object): Promise<RebuildState> {
  const digest = createHash('sha256').update(JSON.stringify({ format: CHECKPOINT_FORMAT, ...identity }));
  const own = path.join(directory, digest.digest('hex').slice(0, 16));
  const tableFile = (tableName: string): string => path.join(own, `table-${tableName}`);
  await mkdir(own, { recursive: true });
  return {
    runsDirectory: path.join(own, 'runs'),
    hasBegunTable: (tableName) => existsSync(tableFile(tableName)),
    beginTable: (tableName) => writeFile(tableFile(tableName), ''),
    remove: () => rm(own, { recursive: true, force: true }),
  };
}
