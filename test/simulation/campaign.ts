import { Worker } from 'node:worker_threads';
import type { Mutation } from './mutations.ts';
import type { RunResult } from './run.ts';
import type { Assignment } from './worker.ts';

export interface Campaign {
  readonly first: number;
  readonly seeds: number;
  readonly workers: number;
  readonly mutation?: Mutation;
  readonly untilBroken?: boolean;
  /** Told of each run as it ends. */
  readonly onRun?: (result: RunResult) => void;
}

export interface CampaignResult {
  readonly runs: number;
  readonly readings: number;
  readonly events: number;
  /** By seed. */
  readonly broken: readonly RunResult[];
  readonly seedsPerSecond: number;
}

/** Runs consecutive seeds, dealt out among threads of their own, so that they replace nothing in this one. */
export async function runCampaign(campaign: Campaign): Promise<CampaignResult> {
  const { seeds, workers, onRun } = campaign;
  const startedAtMs = performance.now();
  const totals = { runs: 0, readings: 0, events: 0 };
  const broken: RunResult[] = [];
  const take = (result: RunResult): void => {
    totals.runs += 1;
    totals.readings += result.readings;
    totals.events += result.events;
    if (result.violations.length > 0) broken.push(result);
    onRun?.(result);
  };
  const count = Math.min(workers, seeds);
  await Promise.all(Array.from({ length: count }, (_, index) => runWorker(assignmentOf(campaign, index, count), take)));
  const seconds = (performance.now() - startedAtMs) / 1000;
  return { ...totals, broken: broken.toSorted((a, b) => a.seed - b.seed), seedsPerSecond: totals.runs / seconds };
}

function assignmentOf(
  { first, seeds, mutation, untilBroken = false }: Campaign,
  index: number,
  step: number,
): Assignment {
  return { first: first + index, seeds: seeds - index, step, untilBroken, ...(mutation && { mutation }) };
}

/** Rejects where the worker itself fails, which no promise of a run foresees. */
function runWorker(workerData: Assignment, take: (result: RunResult) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData });
    worker.on('message', take);
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with code ${code}`))));
  });
}
