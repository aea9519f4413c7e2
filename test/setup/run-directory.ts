import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of this run of the tests alone, and gone after it: what its files share. */
    readonly runDirectory: string;
  }
}

/** Each project of a run is set up by an instance of its own of this module; they have the process in common. */
const VARIABLE = 'CITYWEAVE_TEST_RUN_DIRECTORY';

export default function setup(project: TestProject): () => void {
  const directory = (process.env[VARIABLE] ??= mkdtempSync(path.join(tmpdir(), 'cityweave-tests-')));
  project.provide('runDirectory', directory);
  return () => rmSync(directory, { recursive: true, force: true });
}
