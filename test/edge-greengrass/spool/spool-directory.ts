import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { PRIORITIES, type Priority, type Spool } from '../../../edge-greengrass/ports.ts';
import { createSpool, type SpoolOptions } from '../../../edge-greengrass/spool/spool.ts';

/** An empty directory that goes with the test. */
export async function spoolDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'cityweave-spool-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export function openSpool(directory: string, options: Partial<SpoolOptions> = {}): Promise<Spool> {
  return createSpool({ directory, batchDelayMs: 0, nowMs: () => 1_795_248_000_000, ...options });
}

/** The texts of a priority that are still held, in order. */
export async function textsOf(spool: Spool, priority: Priority, from = 0n): Promise<readonly string[]> {
  const texts: string[] = [];
  for (let next = from; ; ) {
    const records = await spool.read(priority, next, 1000);
    if (records.length === 0) return texts;
    texts.push(...records.map(({ bytes }) => Buffer.from(bytes).toString()));
    next = (records.at(-1)?.position ?? next) + 1n;
  }
}

export function appendText(spool: Spool, priority: Priority, text: string): Promise<bigint> {
  return spool.append(priority, Buffer.from(text));
}

export async function segmentsOf(directory: string, priority: Priority): Promise<readonly string[]> {
  const names = await readdir(path.join(directory, priority));
  return names.sort().map((name) => path.join(directory, priority, name));
}

/** The bytes of the files of all segments. */
export async function bytesOnDisk(directory: string): Promise<number> {
  const files = (await Promise.all(PRIORITIES.map((each) => segmentsOf(directory, each)))).flat();
  const lengths = await Promise.all(files.map(async (file) => (await readFile(file)).length));
  return lengths.reduce((sum, each) => sum + each, 0);
}
