import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PRIORITIES } from '../../../edge-greengrass/ports.ts';
import { openSpool, spoolDirectory, textsOf } from './spool-directory.ts';

const PROCESS = fileURLToPath(new URL('append-process.ts', import.meta.url));
const DEATHS = 4;
const LIFE_MAX_MS = 120;

/** Lets a process append from `first` on, and kills it soon after it has begun; gives the numbers that it was sure of. */
async function appendAndDie(directory: string, first: number): Promise<readonly number[]> {
  const child = spawn(process.execPath, [PROCESS, directory, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    if (printed === '') setTimeout(() => child.kill('SIGKILL'), Math.random() * LIFE_MAX_MS);
    printed += text;
  });
  const [code, signal] = await once(child, 'close');
  expect([code, signal]).toEqual([null, 'SIGKILL']);
  // A line without its end was not yet said.
  return printed.split('\n').slice(0, -1).map(Number);
}

describe('a spool whose process is killed at any moment, again and again', () => {
  it('holds whatever it was sure of, once and in order', { timeout: 120_000 }, async () => {
    const directory = await spoolDirectory();
    const acknowledged: number[] = [];
    for (let death = 0; death < DEATHS; death += 1) {
      acknowledged.push(...(await appendAndDie(directory, death * 1_000_000)));
    }
    expect(acknowledged.length).toBeGreaterThan(DEATHS);

    const spool = await openSpool(directory);
    const held = new Set<number>();
    for (const [index, priority] of PRIORITIES.entries()) {
      const numbers = (await textsOf(spool, priority)).map((text) => Number(text.split(' ')[0]));
      expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
      expect(numbers.every((number) => number % PRIORITIES.length === index)).toBe(true);
      for (const number of numbers) held.add(number);
    }
    expect(acknowledged.filter((number) => !held.has(number))).toEqual([]);
    const { critical, normal, low } = spool.state();
    for (const { dropped } of [critical, normal, low]) expect(dropped).toEqual({ full: 0, expired: 0, damaged: 0 });
    await spool.close();
  });
});
