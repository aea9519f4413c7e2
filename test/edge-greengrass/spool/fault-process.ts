/**
 * Appends to a disk that is broken by a command, or that breaks by itself, and mended by another; prints what came of it.
 * Arguments: the directory, and both commands.
 */

import { execFileSync } from 'node:child_process';
import type { Spool } from '../../../edge-greengrass/ports.ts';
import { createSpool } from '../../../edge-greengrass/spool/spool.ts';

const APPENDS_MAX = 3000;
const BEFORE = 10;

const [directory = '', breaks = '', mends = ''] = process.argv.slice(2);
const acknowledged: number[] = [];
let next = 0;

const open = (): Promise<Spool> =>
  createSpool({ directory, batchDelayMs: 0, segmentBytesMax: 1024 * 1024, nowMs: Date.now });

async function append(spool: Spool): Promise<string | undefined> {
  const number = next;
  next += 1;
  try {
    await spool.append('normal', Buffer.from(`${number} ${'.'.repeat(1000)}`));
    acknowledged.push(number);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function numbersOf(spool: Spool): Promise<readonly number[]> {
  const records = await spool.read('normal', 0n, Number.POSITIVE_INFINITY);
  const [{ position } = { position: 0n }] = records.toReversed();
  const rest = records.length === 0 ? [] : await spool.read('normal', position + 1n, Number.POSITIVE_INFINITY);
  return [...records, ...rest].map(({ bytes }) => Number.parseInt(Buffer.from(bytes).toString(), 10));
}

let spool = await open();
for (let count = 0; count < BEFORE; count += 1) await append(spool);
await spool.close();

execFileSync('sh', ['-c', breaks]);
spool = await open();
let message: string | undefined;
for (let count = 0; count < APPENDS_MAX && message === undefined; count += 1) message = await append(spool);
const again = await append(spool);
const broken = { message, again, fault: spool.state().normal.fault, isAllThere: isAll(await numbersOf(spool)) };

execFileSync('sh', ['-c', mends.replace('PID', String(process.pid))]);
const mended = { message: await append(spool), fault: spool.state().normal.fault };
await spool.close();
spool = await open();
const { dropped } = spool.state().normal;
const reopened = { isAllThere: isAll(await numbersOf(spool)), dropped };
process.stdout.write(JSON.stringify({ count: acknowledged.length, broken, mended, reopened }));

function isAll(numbers: readonly number[]): boolean {
  return numbers.join() === acknowledged.join();
}
