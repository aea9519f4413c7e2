import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inject } from 'vitest';
import { openDataDirectory } from '../../local/startup/data-directory.ts';
import { synthesize } from '../../local/startup/synthesis.ts';

const POLL_MS = 50;

/**
 * The directory of the app synthesized for stage `dev`, for tests that only read it: made by the first of a run that
 * asks, while the others wait. Fails for each of them with what the app said.
 */
export async function sharedAssembly(): Promise<string> {
  const directory = path.join(inject('runDirectory'), 'assembly');
  const failureFile = `${directory}.failure`;
  if (await isFirst(`${directory}.claim`)) {
    await make(directory).catch((error: Error) => writeFile(failureFile, error.message));
  }
  while (!existsSync(directory)) {
    if (existsSync(failureFile)) throw new Error(await readFile(failureFile, 'utf8'));
    await delay(POLL_MS);
  }
  return directory;
}

async function isFirst(claim: string): Promise<boolean> {
  try {
    await mkdir(claim);
    return true;
  } catch {
    return false;
  }
}

/** As the local cloud does; there under its name only when it is whole. */
async function make(directory: string): Promise<void> {
  const data = openDataDirectory(`${directory}.data`, { fresh: false });
  const unnamed = await synthesize(data, 'dev');
  await rename(unnamed.directory, directory);
  data.close();
}
