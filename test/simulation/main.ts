import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';
import { readableFailure, replayCommand } from './failure.ts';
import { runSeed } from './run.ts';

const PROGRESS_EVERY_MS = 10_000;
const REPLAYS_MAX = 10;

const { values } = parseArgs({
  options: {
    first: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '500' },
    workers: { type: 'string', default: String(availableParallelism()) },
    trace: { type: 'boolean', default: false },
  },
});
const [first, seeds, workers] = [Number(values.first), Number(values.seeds), Number(values.workers)];

if (![first, seeds, workers].every((value) => Number.isSafeInteger(value) && value > 0)) {
  console.error(
    'usage: npm run simulate -- [--first N] [--seeds N] [--workers N] [--trace], each N a whole number from 1 on',
  );
  process.exitCode = 1;
} else {
  process.exitCode = await (values.trace ? traceRuns() : simulate());
}

/** One run after the other, with all that happens in it. */
async function traceRuns(): Promise<number> {
  let broken = 0;
  for (let seed = first; seed < first + seeds; seed += 1) {
    const { violations, digest } = await runSeed(seed, (line) => console.log(line));
    console.log(`seed ${seed}: ${violations.length} promises broken, digest ${digest.slice(0, 16)}`);
    broken += violations.length;
  }
  return broken > 0 ? 1 : 0;
}

async function simulate(): Promise<number> {
  const startedAtMs = performance.now();
  let [runs, shownAtMs] = [0, startedAtMs];
  const { broken, ...totals } = await runCampaign({
    first,
    seeds,
    workers,
    onRun: (result) => {
      runs += 1;
      if (result.violations.length > 0)
        console.log(`seed ${result.seed} broke: ${result.violations[0]?.slice(0, 300)}`);
      const nowMs = performance.now();
      if (nowMs - shownAtMs < PROGRESS_EVERY_MS) return;
      shownAtMs = nowMs;
      const perSecond = (runs * 1000) / (nowMs - startedAtMs);
      const leftMinutes = (seeds - runs) / perSecond / 60;
      console.log(`${runs} of ${seeds} seeds, ${perSecond.toFixed(1)} a second, ${leftMinutes.toFixed(0)} min to go`);
    },
  });
  for (const { seed } of broken.slice(0, 3)) console.log(`\n${await readableFailure(seed)}`);
  const { readings, events, seedsPerSecond } = totals;
  console.log(
    `\n${totals.runs} seeds from ${first} on: ${broken.length} broke a promise; ` +
      `${readings} readings, ${events} events, ${seedsPerSecond.toFixed(1)} seeds a second on ${workers} threads`,
  );
  if (broken.length > 0)
    console.log(
      broken
        .slice(0, REPLAYS_MAX)
        .map(({ seed }) => replayCommand(seed))
        .join('\n'),
    );
  return broken.length > 0 ? 1 : 0;
}
