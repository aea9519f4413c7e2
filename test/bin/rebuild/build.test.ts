import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildTwins } from '../../../bin/rebuild/build.ts';
import { hourPrefix } from '../../../core/archive/archived-log.ts';
import { encodeObservationRecord } from '../../../core/codec/observation-record.ts';
import type { Observation } from '../../../core/observation.ts';
import { observationOf } from '../../core/codec/factories.ts';
import { startStores, type TestStores } from './city-stores.ts';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const NOW_MS = Date.now();

let stores: TestStores;
beforeAll(async () => void (stores = await startStores()), 120_000);
afterAll(() => stores.close());

function occupied(value: number, receivedAtMs: number, given: Partial<Observation> = {}): Observation {
  return observationOf({
    readingId: `garage-${receivedAtMs}/0`,
    assetId: 'garage',
    assetType: 'OffStreetParking',
    zone: 'centre',
    stamp: BigInt(receivedAtMs) * 1_000_000n,
    observedAtMs: receivedAtMs,
    receivedAtMs,
    attributes: new Map([['occupiedSpotNumber', value]]),
    ...given,
  });
}

it('says how the city was then, as the API would have', async () => {
  const asOfMs = NOW_MS - 3_600_000;
  await stores.append('observations', encodeObservationRecord([occupied(61, asOfMs - 60_000)]));
  await stores.append('observations', encodeObservationRecord([occupied(62, asOfMs + 1)]));
  const out = path.join(stores.directory, 'then.ndjson');
  await buildTwins({
    target: stores.target,
    wanted: { asOfMs },
    out,
    progress: { joined: () => {}, placed: () => {} },
  });
  const [line = '', ...others] = (await readFile(out, 'utf8')).split('\n');
  expect(others).toEqual(['']);
  expect(JSON.parse(line)).toMatchObject({
    assetId: 'garage',
    attributes: {
      occupiedSpotNumber: {
        value: 61,
        unit: 'C62',
        observedAt: new Date(asOfMs - 60_000).toISOString(),
        sources: ['gate'],
        quality: 'good',
      },
    },
    resolvedAt: new Date(asOfMs).toISOString(),
    context: { occupiedSpotNumber: { gate: `${asOfMs - 60_000}000000` } },
  });
}, 120_000);

/** The command in a process of its own. */
function rebuildProcess(...words: readonly string[]): ChildProcess {
  const { dataDirectory, awsEndpoint = '' } = stores.target;
  const command = ['bin/cityweave.ts', 'rebuild', '--data', dataDirectory, '--aws-endpoint', awsEndpoint, ...words];
  return spawn(process.execPath, command, { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function printed(child: ChildProcess): Promise<Record<string, unknown>> {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (more: string) => void (text += more));
  await once(child, 'close');
  return JSON.parse(text) as Record<string, unknown>;
}

it('is killed while it writes its table, and goes on with the same one', { timeout: 240_000 }, async () => {
  const assets = 3000;
  const atMs = NOW_MS - 7_200_000;
  const all = Array.from({ length: assets }, (_, index) =>
    occupied(index % 100, atMs + index, { assetId: `asset-${index}`, readingId: `asset-${index}/0` }),
  );
  await stores.archive(`${hourPrefix(atMs)}many.pb.gz`, [all]);
  const words = ['--table', 'cityweave-twins-again', '--from', String(atMs), '--to', String(atMs + assets), '--json'];

  const states = path.join(stores.target.dataDirectory, 'rebuild');
  const hasBegun = async (): Promise<boolean> => {
    if (!existsSync(states)) return false;
    const files = await Promise.all((await readdir(states)).map((state) => readdir(path.join(states, state))));
    return files.flat().includes('table-cityweave-twins-again') && files.flat().includes('runs');
  };
  const killed = rebuildProcess(...words);
  await expect.poll(hasBegun, { timeout: 60_000, interval: 5 }).toBe(true);
  const ended = once(killed, 'close');
  killed.kill('SIGKILL');
  await ended;

  const report = await printed(rebuildProcess(...words));
  expect(report).toMatchObject({ twins: assets, checkpoint: null, unreadable: [] });
  expect(await readdir(states)).toEqual([]);
});
