import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('map-until-killed.ts', import.meta.url));
const LIVES = 3;
const RECORDS_A_LIFE_MIN = 120;
/** Numbers that a life uses, with room to spare, so that no two lives use the same. */
const NUMBERS_A_LIFE = 1_000_000;
const DRAIN_MS_MAX = 90_000;

const linesOf = (text: string): string[] => text.split('\n').slice(0, -1);

function run(directory: string, mood: 'wild' | 'calm', first: number, properties: object): ChildProcess {
  const args = [PROGRAM, directory, mood, String(first), JSON.stringify(properties)];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
}

/** Records that a process acknowledged before it was killed, some time in the middle of its work. */
async function acknowledgedUntilKilled(directory: string, life: number, properties: object): Promise<string[]> {
  const child = run(directory, 'wild', life * NUMBERS_A_LIFE, properties);
  let printed = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  await expect.poll(() => linesOf(printed).length, { timeout: 60_000 }).toBeGreaterThan(RECORDS_A_LIFE_MIN);
  await sleep(Math.random() * 700);
  await kill(child);
  return linesOf(printed);
}

interface KeptRecord {
  readonly kinesis: { readonly data: string };
}

function keptIn(directory: string): string[] {
  return readdirSync(path.join(directory, 'objects')).flatMap((file) => {
    const { payload } = JSON.parse(readFileSync(path.join(directory, 'objects', file), 'utf8'));
    const records: KeptRecord[] = JSON.parse(payload).Records;
    return records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());
  });
}

const settings = [
  { BatchSize: 10, MaximumRetryAttempts: 2, BisectBatchOnFunctionError: true },
  { BatchSize: 10, MaximumRetryAttempts: 2, ParallelizationFactor: 3, BisectBatchOnFunctionError: true },
  { BatchSize: 100, MaximumRetryAttempts: 1, ParallelizationFactor: 10 },
];

it.concurrent.each(settings)(
  'no kill and no failure skips a record or turns the order of a key: %o',
  async (properties) => {
    const directory = mkdtempSync(path.join(tmpdir(), 'cityweave-killed-'));
    const read = (file: string): string[] => linesOf(readFileSync(path.join(directory, file), 'utf8'));
    const acknowledged: string[] = [];
    for (let life = 0; life < LIVES; life += 1) {
      acknowledged.push(...(await acknowledgedUntilKilled(directory, life, properties)));
    }

    const draining = run(directory, 'calm', 0, properties);
    const missing = (): string[] => {
      const settled = new Set([...read('done'), ...keptIn(directory)]);
      return acknowledged.filter((text) => !settled.has(text));
    };
    await expect.poll(missing, { interval: 200, timeout: DRAIN_MS_MAX }).toEqual([]);
    await kill(draining);

    // A bad record is never done, and with bisection nothing else is given up for its sake alone.
    expect(acknowledged.filter((text) => text.includes('poison')).length).toBeGreaterThan(0);
    const firstDeliveries = [...new Set(read('delivered'))];
    for (const key of new Set(firstDeliveries.map((text) => text.split(' ')[0]))) {
      const numbers = firstDeliveries
        .filter((text) => text.startsWith(`${key} `))
        .map((text) => Number(text.split(' ')[1]));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
    rmSync(directory, { recursive: true, force: true });
  },
  240_000,
);
