import { Command, InvalidArgumentError, Option } from 'commander';
import { attestation } from './attestation.ts';
import { calibration } from './calibration.ts';
import { core } from './core.ts';
import { cost } from './cost.ts';
import { deltas } from './deltas.ts';
import { edge } from './edge.ts';
import { fec } from './fec.ts';
import { handlers } from './handlers.ts';
import { merge } from './merge.ts';
import { path } from './path.ts';
import { radio } from './radio.ts';
import { rebuild } from './rebuild.ts';
import { sizes } from './sizes.ts';
import { spool } from './spool.ts';
import { start } from './start.ts';
import { sync } from './sync.ts';
import { loadFact, machineFacts } from './support/machine.ts';
import { type Benchmark, type BenchmarkOptions, printTable } from './support/report.ts';

/** From the innermost loop to the whole city. */
const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  core,
  merge,
  calibration,
  fec,
  radio,
  sync,
  spool,
  attestation,
  sizes,
  cost,
  handlers,
  rebuild,
  start,
  path,
  deltas,
  edge,
};

interface Options extends BenchmarkOptions {
  readonly only?: string;
  readonly json?: boolean;
}

const program = new Command('bench')
  .description('measures what docs/performance.md records; only ratios and bytes can fail, speeds are the machine’s')
  .addOption(new Option('--only <name>', 'one benchmark').choices(Object.keys(BENCHMARKS)))
  .option('--runs <count>', 'runs of whatever has a spread', positiveInteger, 5)
  .option('--seconds <count>', 'path, edge: how long the load lasts', positiveInteger, 60)
  .option('--rate <readings>', 'path: offered a second, or "max" for as many as are acknowledged', offeredRate, 1000)
  .option('--spool-megabytes <count>', 'spool: how much is held when it is opened', positiveInteger, 1000)
  .option('--profile-directory <dir>', 'path: where the local cloud writes a CPU profile a thread')
  .option('--json', 'print JSON')
  .action(run);

await program.parseAsync();

async function run({ only, json = false, ...options }: Options): Promise<void> {
  const machine = machineFacts();
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  const results = [];
  if (!json) printTable({ title: 'Machine', rows: [machine] });
  for (const [name, benchmark] of Object.entries(BENCHMARKS)) {
    if (only !== undefined && name !== only) continue;
    const tables = await benchmark(options, progress);
    results.push({ name, ...loadFact(), tables });
    if (!json) tables.forEach(printTable);
    if (tables.some(({ unmet }) => unmet !== undefined)) process.exitCode = 1;
    progress(`${name}: done, load average ${loadFact().loadAverage}`);
  }
  if (json) process.stdout.write(`${JSON.stringify({ machine, results }, null, 2)}\n`);
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a whole number above 0.');
}

function offeredRate(text: string): number | 'max' {
  return text === 'max' ? text : positiveInteger(text);
}
