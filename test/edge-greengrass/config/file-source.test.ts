import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileSource, type FileSource } from '../../../edge-greengrass/config/file-source.ts';

let directory: string;
let file: string;
const sources: FileSource[] = [];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cityweave-file-source-'));
  file = path.join(directory, 'gateway.yaml');
});
afterEach(async () => {
  for (const source of sources.splice(0)) source.close();
  await rm(directory, { recursive: true, force: true });
});

function watched(settleMs = 50) {
  const source = createFileSource(file, { pollMs: 20, settleMs });
  let changes = 0;
  source.onChange(() => {
    changes += 1;
  });
  sources.push(source);
  return { source, changes: () => changes };
}

describe('a file', () => {
  it('is read, and told of when it is written', async () => {
    await writeFile(file, 'a: 1');
    const { source, changes } = watched();
    expect(await source.read()).toBe('a: 1');
    await writeFile(file, 'a: 22');
    await expect.poll(changes).toBeGreaterThan(0);
    expect(await source.read()).toBe('a: 22');
  });

  it('is told of when another takes its place, as editors do it', async () => {
    await writeFile(file, 'a: 1');
    const { source, changes } = watched();
    await source.read();
    await writeFile(`${file}~`, 'a: 22');
    await rename(`${file}~`, file);
    await expect.poll(changes).toBeGreaterThan(0);
    expect(await source.read()).toBe('a: 22');
  });

  it('that is not there cannot be read, and is told of when it comes', async () => {
    const { source, changes } = watched();
    await expect(source.read()).rejects.toThrow('ENOENT');
    await writeFile(file, 'a: 1');
    await expect.poll(changes).toBeGreaterThan(0);
    expect(await source.read()).toBe('a: 1');
  });

  it('that still grows is read when it stands still', async () => {
    await writeFile(file, 'a: 1\n');
    // So long that a machine that is busy elsewhere does not look like a file that stands still.
    const { source } = watched(1000);
    const reading = source.read();
    for (let line = 0; line < 5; line += 1) {
      await new Promise((resolve) => void setTimeout(resolve, 50));
      await appendFile(file, `b${line}: 1\n`);
    }
    expect(await reading).toBe('a: 1\nb0: 1\nb1: 1\nb2: 1\nb3: 1\nb4: 1\n');
  });

  it('is told of no more after the end', async () => {
    await writeFile(file, 'a: 1');
    const { source, changes } = watched();
    await source.read();
    source.close();
    await writeFile(file, 'a: 22');
    await new Promise((resolve) => void setTimeout(resolve, 100));
    expect(changes()).toBe(0);
  });
});
