import { Bench } from 'tinybench';
import { type Progress, spreadCells, type Table } from './report.ts';
import { spreadOf } from './statistics.ts';

const WARMUP_MS = 500;
const RUN_MS = 1000;
/** Of a task that takes longer than its share of a run. */
const CALLS_MIN = 3;

/** A piece of work that one thread repeats. */
export interface Task {
  readonly name: string;
  /** What is counted, such as `readings`. */
  readonly unit: string;
  /** How many of them one call does: enough that reading the clock costs nothing beside it. */
  readonly unitsPerCall: number;
  readonly work: () => unknown;
}

/** Units a second of one core: the mean of each run, and over the runs the smallest, the median and the largest. */
export async function measureThroughput(
  title: string,
  tasks: readonly Task[],
  runs: number,
  progress: Progress,
): Promise<Table> {
  return throughputTable(title, tasks, await measureRates(title, tasks, runs, progress));
}

/** Units a second, by task and run. Each run measures all the tasks, so that those of a run may be compared. */
export async function measureRates(
  title: string,
  tasks: readonly Task[],
  runs: number,
  progress: Progress,
): Promise<readonly (readonly number[])[]> {
  const rates = tasks.map((): number[] => []);
  for (let run = 0; run < runs; run++) {
    progress(`${title}: run ${run + 1} of ${runs}`);
    const bench = new Bench({
      time: RUN_MS,
      iterations: CALLS_MIN,
      warmupTime: run === 0 ? WARMUP_MS : 0,
      warmupIterations: 1,
      throws: true,
    });
    for (const { name, work } of tasks) bench.add(name, work);
    await bench.run();
    for (const [index, { unitsPerCall }] of tasks.entries()) {
      rates[index]?.push(unitsPerCall * callsPerSecond(bench, index));
    }
  }
  return rates;
}

export function throughputTable(title: string, tasks: readonly Task[], rates: readonly (readonly number[])[]): Table {
  return {
    title,
    rows: tasks.map(({ name, unit }, index) => ({
      what: name,
      ...spreadCells(spreadOf(rates[index] ?? [])),
      unit: `${unit}/s`,
    })),
  };
}

function callsPerSecond(bench: Bench, index: number): number {
  const result = bench.tasks[index]?.result;
  if (result?.state !== 'completed') throw new Error(`benchmark ${bench.tasks[index]?.name}: it is ${result?.state}`);
  return 1000 / result.latency.mean;
}
