import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, type LocalMapping, startMapping } from './local-mapping.ts';
import { createMemoryStream, type MemoryStream } from './memory-stream.ts';

let stream: MemoryStream;
let mapping: LocalMapping;

beforeEach(() => {
  stream = createMemoryStream();
});

afterEach(() => mapping.close());

interface Run {
  readonly texts: readonly string[];
  readonly startedMs: number;
  readonly endedMs: number;
}

/** Takes as long as the longest of its records says, and writes what it was given and when. */
const SLOW = `
  import { appendFileSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  export const handler = async ({ Records }) => {
    const startedMs = Date.now();
    const texts = Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());
    if (texts.some((text) => text.includes('poison'))) throw new Error('poison');
    await sleep(Math.max(...texts.map((text) => Number(text.split(' ')[1] ?? 0))));
    appendFileSync(process.env.SEEN_FILE, JSON.stringify({ texts, startedMs, endedMs: Date.now() }) + '\\n');
  };`;

const runs = (): Run[] => mapping.seen<Run>();
const KEYS = Array.from({ length: 20 }, (_, index) => `key-${index}`);

describe('ParallelizationFactor', () => {
  it('runs batches of one shard side by side, and those of a key in turn and in order', async () => {
    for (let round = 0; round < 10; round += 1) {
      stream.append(KEYS.map((key) => ({ key, data: `${key}:${round} 20` })));
    }
    mapping = await startMapping(stream, SLOW, { ParallelizationFactor: 4, BatchSize: 5 });

    await eventually(() => runs().flatMap(({ texts }) => texts).length).toBe(200);
    for (const key of KEYS) {
      const ofKey = runs().filter(({ texts }) => texts.some((text) => text.startsWith(`${key}:`)));
      const rounds = ofKey.flatMap(({ texts }) => texts).filter((text) => text.startsWith(`${key}:`));
      expect(rounds).toEqual(Array.from({ length: 10 }, (_, round) => `${key}:${round} 20`));
      const overlapping = ofKey.filter(({ startedMs }, index) => startedMs < (ofKey[index - 1]?.endedMs ?? 0));
      expect(overlapping).toEqual([]);
    }
    const isOverlapped = (run: Run): boolean =>
      runs().some(({ startedMs, endedMs }) => startedMs < run.startedMs && run.startedMs < endedMs);
    expect(runs().some(isOverlapped)).toBe(true);
  });

  it('is 1 when it is not given: nothing runs side by side', async () => {
    stream.append(KEYS.map((key) => ({ key, data: `${key} 10` })));
    mapping = await startMapping(stream, SLOW, { BatchSize: 5 });

    await eventually(() => runs().length).toBe(4);
    expect(runs().filter(({ startedMs }, index) => startedMs < (runs()[index - 1]?.endedMs ?? 0))).toEqual([]);
  });

  it('runs as many at a time as 10', async () => {
    const keys = Array.from({ length: 200 }, (_, index) => `key-${index}`);
    stream.append(keys.map((key) => ({ key, data: `${key} 2000` })));
    mapping = await startMapping(stream, SLOW, { ParallelizationFactor: 10, BatchSize: 1000 });

    await eventually(() => runs().length).toBe(10);
    const lastStartedMs = Math.max(...runs().map(({ startedMs }) => startedMs));
    expect(runs().filter(({ endedMs }) => endedMs < lastStartedMs)).toEqual([]);
  });

  it('lets no key wait for the failure of another, and goes back to the lowest that is not done', async () => {
    stream.append(KEYS.map((key) => ({ key, data: key === 'key-7' ? 'poison' : key })));
    mapping = await startMapping(stream, SLOW, { ParallelizationFactor: 10, BatchSize: 1 });
    const texts = (): string[] => runs().flatMap((run) => run.texts);
    // Those that share the lane of the bad one and come after it wait.
    await eventually(() => texts().length).toBeGreaterThan(KEYS.length / 2);
    await eventually(() => KEYS.slice(0, 7).filter((key) => !texts().includes(key))).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = texts();

    await mapping.restart({ ParallelizationFactor: 1, BatchSize: 1, MaximumRetryAttempts: 0 });

    await eventually(() => texts().slice(before.length)).toEqual(KEYS.slice(8));
    expect(mapping.local.lines.some((line) => line.includes('gave up 1 records'))).toBe(true);
  });

  it('moves the checkpoint of a lane that gets nothing', async () => {
    stream.append([{ key: 'only', data: 'only 0' }]);
    mapping = await startMapping(stream, SLOW, { ParallelizationFactor: 10 });
    await eventually(() => runs().length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 300));

    await mapping.restart({ ParallelizationFactor: 10 });
    stream.append([{ key: 'other', data: 'next 0' }]);

    await eventually(() => runs().map(({ texts }) => texts)).toEqual([['only 0'], ['next 0']]);
  });
});

describe('an invocation', () => {
  it('is followed by a rest as long as it took, in which the next batch fills', async () => {
    mapping = await startMapping(stream, SLOW);
    stream.append([{ data: 'first 28' }]);
    await eventually(() => runs().length).toBe(1);
    stream.append([{ data: 'second 0' }]);

    await eventually(() => runs().length).toBe(2);
    const [first, second] = runs();
    // A timer may be a millisecond early, and so may the clock of either end.
    expect((second?.startedMs ?? 0) - (first?.endedMs ?? 0)).toBeGreaterThanOrEqual(24);
  });

  it('is followed by no longer a rest than 30 ms', async () => {
    mapping = await startMapping(stream, SLOW);
    stream.append([{ data: 'first 3000' }]);
    await eventually(() => runs().length).toBe(1);
    stream.append([{ data: 'second 0' }]);

    await eventually(() => runs().length).toBe(2);
    const [first, second] = runs();
    expect((second?.startedMs ?? 0) - (first?.endedMs ?? 0)).toBeLessThan(2000);
  });
});
