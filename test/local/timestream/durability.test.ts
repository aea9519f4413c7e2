import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { NOW_NS, openIn, openTimestream, record, write } from './open.ts';

const WRITER = fileURLToPath(new URL('./writer-process.ts', import.meta.url));

describe('after a restart', () => {
  it('databases, tables, records and versions are as they were', async () => {
    await using first = await openTimestream();
    await write(first, record({ measures: { level: '2.5' }, version: 7n }));
    await first.close();
    await using second = await openIn(first.directory);
    expect(await second.select('SELECT assetId, level FROM city.observations')).toEqual([['a', '2.5']]);
    const { body } = await write(second, record({ measures: { level: '3' }, version: 7n }));
    expect(body.RejectedRecords).toMatchObject([{ RecordIndex: 0, ExistingVersion: 7 }]);
    expect((await write(second, record({ time: NOW_NS + 1n, dimensions: { assetId: 'a', zone: 'z' } }))).status).toBe(
      200,
    );
    await second.close();
  });

  it('a file of another version of the local cloud is named, with what mends it', async () => {
    await using first = await openTimestream();
    await first.close();
    const { DatabaseSync } = await import('node:sqlite');
    const file = new DatabaseSync(join(first.directory, 'timestream.sqlite'));
    file.exec('PRAGMA user_version = 99');
    file.close();
    await expect(openIn(first.directory)).rejects.toThrow(/format 99.*--fresh/);
  });
});

describe('after kill -9', () => {
  it('every record that was acknowledged is there', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'timestream-'));
    const child = spawn(process.execPath, [WRITER, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    let acknowledged = 0;
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      acknowledged = Number(line);
      if (acknowledged >= 2000) {
        child.kill('SIGKILL');
      }
    });
    const [, signal] = (await once(child, 'exit')) as [number | null, string];
    expect(signal).toBe('SIGKILL');
    await using timestream = await openIn(directory);
    const [[count]] = (await timestream.select('SELECT count(*) FROM city.observations')) as [[string]];
    expect(Number(count)).toBeGreaterThanOrEqual(acknowledged);
    expect(Number(count) % 50).toBe(0);
    await timestream.close();
    await rm(directory, { recursive: true });
  });
});
