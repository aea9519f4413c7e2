import { parseArgs } from 'node:util';
import { newTally, payloadOf, runCase, systematicCases, type Tally } from './campaign.ts';
import { TARGETS } from './targets.ts';

const PROGRESS_EVERY_MS = 10_000;
const SHOWN_MAX = 5;
const HEX_DIGITS_MAX = 400;

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    target: { type: 'string' },
  },
});
const [cases, seed, first] = [Number(values.cases), Number(values.seed), Number(values.first)];
const chosen = TARGETS.filter(({ name }) => values.target === undefined || name === values.target);

if (![cases, seed, first].every((value) => Number.isSafeInteger(value) && value >= 0) || chosen.length === 0) {
  const names = TARGETS.map(({ name }) => name).join(', ');
  console.error(
    `usage: npm run fuzz -- [--cases N] [--seed N] [--target NAME [--first N]], each N a whole number; NAME one of ${names}`,
  );
  process.exitCode = 1;
} else {
  process.exitCode = fuzz();
}

function fuzz(): number {
  const startedAtMs = performance.now();
  const tallies = chosen.map(newTally);
  let shownAtMs = startedAtMs;
  if (first === 0) {
    for (const [index, target] of chosen.entries()) {
      for (const bytes of systematicCases(target)) runCase(target, bytes, -1, tallyAt(tallies, index));
    }
  }
  const systematic = doneIn(tallies);
  const drawn = Math.max(0, cases - systematic);
  for (let count = 0; count < drawn; count += 1) {
    const place = count % chosen.length;
    const target = chosen[place];
    const index = first + Math.floor(count / chosen.length);
    if (target) runCase(target, payloadOf(target, seed, index), index, tallyAt(tallies, place));
    const nowMs = performance.now();
    if (nowMs - shownAtMs < PROGRESS_EVERY_MS) continue;
    shownAtMs = nowMs;
    const perSecond = ((count + 1) * 1000) / (nowMs - startedAtMs);
    const leftMinutes = (drawn - count) / perSecond / 60;
    const failed = tallies.reduce((sum, { failures }) => sum + failures.length, 0);
    console.log(
      `${systematic + count + 1} of ${systematic + drawn} cases, ${failed} failed, ${perSecond.toFixed(0)} a second, ${leftMinutes.toFixed(0)} min to go`,
    );
  }
  summarize(tallies, (performance.now() - startedAtMs) / 1000);
  return tallies.some(({ failures }) => failures.length > 0) ? 1 : 0;
}

function tallyAt(tallies: readonly Tally[], index: number): Tally {
  const tally = tallies[index];
  if (!tally) throw new RangeError(`no tally ${index}`);
  return tally;
}

function doneIn(tallies: readonly Tally[]): number {
  return tallies.reduce((sum, tally) => sum + tally.cases, 0);
}

function summarize(tallies: readonly Tally[], seconds: number): void {
  console.log('\ntarget                  cases  failed  slowest ms  largest MiB');
  for (const { target, cases: done, failures, slowestMs, largestBytes } of tallies) {
    const figures = [done, failures.length, slowestMs.toFixed(1), (largestBytes / 2 ** 20).toFixed(1)];
    const widths = [8, 8, 12, 13];
    console.log(
      target.padEnd(21) + figures.map((figure, index) => String(figure).padStart(widths[index] ?? 0)).join(''),
    );
  }
  console.log(`${doneIn(tallies)} cases from seed ${seed} in ${seconds.toFixed(0)} s`);
  for (const { target, index, complaint, hex } of tallies.flatMap(({ failures }) => failures.slice(0, SHOWN_MAX))) {
    const replay = index < 0 ? '' : `\n  npm run fuzz -- --target ${target} --seed ${seed} --first ${index} --cases 1`;
    console.log(
      `\n${target}: ${complaint}\n  bytes ${hex.slice(0, HEX_DIGITS_MAX)}${hex.length > HEX_DIGITS_MAX ? '…' : ''}${replay}`,
    );
  }
}
