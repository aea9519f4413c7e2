import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openArchive } from '../../../bin/rebuild/archive-store.ts';
import { evidenceAt } from '../../../bin/rebuild/evidence.ts';

const EIGHT_MS = Date.UTC(2026, 10, 21, 8);
const HOUR_MS = 3_600_000;

let directory = '';
beforeAll(async () => void (directory = await mkdtemp(path.join(tmpdir(), 'cityweave-evidence-'))));
afterAll(() => rm(directory, { recursive: true }));

/** A line as it lies in the archive. */
function line(assetId: string, windowEndMs: number, bias: number): string {
  const source = { bias, sigma: 1, level: 20, before: { bias, level: 20 }, weight: 3, heardMs: windowEndMs };
  return JSON.stringify({ version: 'x', assetId, attribute: 'pm25', windowEndMs, sources: { camera: source } });
}

async function put(key: string, lines: readonly string[], writtenAtMs: number): Promise<void> {
  const file = path.join(directory, key);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, gzipSync(lines.join('\n')));
  await utimes(file, writtenAtMs / 1000, writtenAtMs / 1000);
}

it('knows of each attribute the newest record that had been written by then', async () => {
  const endsMs = [EIGHT_MS, EIGHT_MS + HOUR_MS, EIGHT_MS + 2 * HOUR_MS];
  await put(
    'calibrations/2026/11/21/08/0-64.ndjson.gz',
    [line('a', endsMs[0] ?? 0, 1), line('b', endsMs[0] ?? 0, 2)],
    EIGHT_MS + 60_000,
  );
  await put('calibrations/2026/11/21/09/0-32.ndjson.gz', [line('a', endsMs[1] ?? 0, 3)], EIGHT_MS + HOUR_MS + 60_000);
  await put('calibrations/2026/11/21/09/32-64.ndjson.gz', [], EIGHT_MS + HOUR_MS + 60_000);
  await put('calibrations/2026/11/21/10/0-64.ndjson.gz', [line('a', endsMs[2] ?? 0, 5)], EIGHT_MS + 3 * HOUR_MS);
  const archive = openArchive({ kind: 'directory', path: directory });
  const biasAt = async (atMs: number, assetId: string) =>
    (await evidenceAt(archive, atMs))({ assetId }).calibrations.get('pm25')?.sources.get('camera')?.bias;
  expect(await biasAt(EIGHT_MS, 'a')).toBeUndefined();
  expect(await biasAt(EIGHT_MS + HOUR_MS, 'a')).toBe(1);
  expect(await biasAt(EIGHT_MS + 2 * HOUR_MS, 'a')).toBe(3);
  expect(await biasAt(EIGHT_MS + 2 * HOUR_MS, 'b')).toBe(2);
  expect(await biasAt(EIGHT_MS + 3 * HOUR_MS, 'a')).toBe(5);
  // Of a source that has been silent for a week, nothing is known.
  expect(await biasAt(EIGHT_MS + 8 * 24 * HOUR_MS, 'a')).toBeUndefined();
  expect(await biasAt(EIGHT_MS + HOUR_MS, 'unknown')).toBeUndefined();
});
