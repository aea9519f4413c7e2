import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { type Mutation, mutated } from './mutations.ts';
import type { RunResult } from './run.ts';

/** What a worker is started with: the seeds that it runs, and the fault that it puts into the code before. */
export interface Assignment {
  readonly first: number;
  readonly seeds: number;
  /** Runs every so-many-th seed. */
  readonly step: number;
  readonly mutation?: Mutation;
  /** Ends at the first seed whose run breaks a promise. */
  readonly untilBroken: boolean;
}

const { first, seeds, step, mutation, untilBroken } = workerData as Assignment;

if (mutation) mutate(mutation);
// Only now, so that it loads what is mutated.
const { runSeed } = await import('./run.ts');
for (let seed = first; seed < first + seeds; seed += step) {
  const result: RunResult = await runSeed(seed);
  parentPort?.postMessage(result);
  if (untilBroken && result.violations.length > 0) break;
}

/** Lets this thread load a file with other text than it has. */
function mutate(given: Mutation): void {
  const url = new URL(`../../${given.file}`, import.meta.url).href;
  const source = mutated(readFileSync(fileURLToPath(url), 'utf8'), given);
  registerHooks({
    load: (loaded, context, nextLoad) =>
      loaded === url ? { format: 'module-typescript', source, shortCircuit: true } : nextLoad(loaded, context),
  });
}
