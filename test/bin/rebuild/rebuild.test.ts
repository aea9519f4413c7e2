import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CHECKPOINT_FORMAT, type CheckpointManifest, manifestKey, partKey } from '../../../core/archive/checkpoint.ts';
import { hourPrefix } from '../../../core/archive/archived-log.ts';
import { encodeTwinLine } from '../../../core/archive/twin-line.ts';
import { encodeObservationRecord } from '../../../core/codec/observation-record.ts';
import type { Observation } from '../../../core/observation.ts';
import { encodeTwin } from '../../../core/twin/canonical-twin.ts';
import { emptyTwinFor, merge } from '../../../core/twin/join.ts';
import { partitionsOf, rebuild, type Rebuilt } from '../../../bin/rebuild/rebuild.ts';
import type { Wanted } from '../../../bin/rebuild/plan.ts';
import { openState, type RebuildState } from '../../../bin/rebuild/state.ts';
import { seededRandom } from '../../../bench/support/random.ts';
import { observationOf } from '../../core/codec/factories.ts';
import { oracleBytes } from '../../core/twin/oracle.ts';
import { startStores, type TestStores } from './city-stores.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Streams of the local cloud keep 24 hours. */
const NOW_MS = Date.now();
const random = seededRandom(7);

let stores: TestStores;
let states = 0;
let state: RebuildState;
beforeAll(async () => void (stores = await startStores()), 120_000);
beforeEach(async () => void (state = await openState(path.join(stores.directory, 'states'), { state: states++ })));
afterAll(() => stores.close());

/** Readings of some assets, received one after the other from then on, some of them superseding what others said. */
function readings(count: number, fromMs: number, prefix: string): Observation[] {
  return Array.from({ length: count }, (_, index) => {
    const receivedAtMs = fromMs + index * 1000;
    const source = random() < 0.5 ? 'camera' : 'loop';
    const other = source === 'camera' ? 'loop' : 'camera';
    const seen = new Map([[other, BigInt(receivedAtMs - 30_000) * 1_000_000n]]);
    return observationOf({
      readingId: `${prefix}-${index}/0`,
      assetId: `${prefix}-${Math.floor(random() * 20)}`,
      source,
      stamp: BigInt(receivedAtMs) * 1_000_000n,
      observedAtMs: receivedAtMs,
      receivedAtMs,
      attributes: new Map([['taken', Math.floor(random() * 100)]]),
      seen: random() < 0.2 ? new Map([['taken', seen]]) : new Map(),
    });
  });
}

/** Asset → canonical bytes, by the slow model. */
function expected(all: readonly Observation[]): Record<string, string> {
  const byAsset = Map.groupBy(all, ({ assetId }) => assetId);
  return Object.fromEntries([...byAsset].map(([assetId, ofAsset]) => [assetId, oracleBytes(ofAsset).toString('hex')]));
}

async function twinsIn(rebuilt: Rebuilt, prefix: string): Promise<Record<string, string>> {
  const twins: Record<string, string> = {};
  for await (const partition of partitionsOf(rebuilt)) {
    for (const { twin } of partition.twins()) {
      if (twin.assetId.startsWith(`${prefix}-`)) twins[twin.assetId] = Buffer.from(encodeTwin(twin)).toString('hex');
    }
  }
  return twins;
}

async function rebuildHere(wanted: Wanted = {}, workers = 2): Promise<Rebuilt> {
  const { kinesis, endpoint } = stores;
  const place = { kind: 'bucket', bucket: await stores.bucket('archive'), endpoint } as const;
  return rebuild({ place, wanted, state, kinesis, workers, nowMs: () => Date.now() });
}

/** A checkpoint that holds the twins of these observations. */
async function checkpoint(of: readonly Observation[], atMs: number, given: Partial<CheckpointManifest> = {}) {
  const twins = [...Map.groupBy(of, ({ assetId }) => assetId).values()].flatMap((ofAsset) =>
    ofAsset[0] ? [merge(emptyTwinFor(ofAsset[0]), ofAsset).twin] : [],
  );
  const key = partKey(atMs, 0);
  await stores.put('archive', key, gzipSync(twins.map((twin) => encodeTwinLine({ twin, version: 5 })).join('\n')));
  const manifest: CheckpointManifest = {
    format: CHECKPOINT_FORMAT,
    beganAtMs: atMs,
    completedAtMs: atMs + 1000,
    logFromMs: atMs,
    twins: twins.length,
    parts: [{ key, twins: twins.length, bytes: 0 }],
    ...given,
  };
  await stores.put('archive', manifestKey(atMs), JSON.stringify(manifest));
}

const objectKey = (atMs: number, name: string) => `${hourPrefix(atMs)}${name}.pb.gz`;
const chunk = <Item>(all: readonly Item[], parts: number) =>
  Array.from({ length: parts }, (_, part) => all.filter((_item, index) => index % parts === part));

describe('a rebuild', () => {
  it('joins archive and tail, in any number of threads, to what all observations come to', async () => {
    const all = readings(600, NOW_MS - 2 * HOUR_MS, 'plain');
    for (const [index, some] of chunk(all.slice(0, 500), 5).entries()) {
      await stores.archive(objectKey(NOW_MS - 2 * HOUR_MS, `plain-${index}`), chunk(some, 3));
    }
    // Half of what the archive has, and all that it has not.
    for (const some of chunk(all.slice(250), 10)) await stores.append('observations', encodeObservationRecord(some));
    for (const workers of [1, 2]) {
      await state.remove();
      const rebuilt = await rebuildHere({}, workers);
      expect(await twinsIn(rebuilt, 'plain')).toEqual(expected(all));
      expect(rebuilt).toMatchObject({ checkpoint: null, objects: 5, tailObservations: 350, unreadable: [], gap: null });
    }
  }, 120_000);

  it('goes on where it was, also behind a run that was not finished', async () => {
    const all = readings(200, NOW_MS - 2 * HOUR_MS, 'resumed');
    const [first = [], second = []] = chunk(all, 2);
    await stores.archive(objectKey(NOW_MS - 2 * HOUR_MS, 'resumed-0'), [first]);
    const before = await rebuildHere();
    expect(before.objectsResumed).toBe(0);
    await mkdir(path.join(state.runsDirectory, 'run-cut.unfinished'));

    await stores.archive(objectKey(NOW_MS - 2 * HOUR_MS, 'resumed-1'), [second]);
    const after = await rebuildHere();
    expect(after.objectsResumed).toBe(before.objects);
    expect(after.objects).toBe(before.objects + 1);
    expect(await twinsIn(after, 'resumed')).toEqual(expected(all));
    expect(await readdir(state.runsDirectory)).not.toContain('run-cut.unfinished');
  }, 120_000);

  it('begins with the newest whole checkpoint, and joins the log from where that says', async () => {
    const atMs = NOW_MS - 20 * DAY_MS;
    const old = readings(50, atMs - HOUR_MS, 'checked');
    const since = readings(50, atMs + 60_000, 'checked');
    await checkpoint(old, atMs);
    // Newer, but of another format, and without a manifest.
    await stores.put('archive', partKey(atMs + HOUR_MS, 0), 'no gzip');
    await stores.archive(objectKey(atMs + 60_000, 'checked-since'), [since]);
    const rebuilt = await rebuildHere();
    expect(rebuilt.checkpoint).toEqual({ beganAtMs: atMs, twins: new Set(old.map(({ assetId }) => assetId)).size });
    expect(await twinsIn(rebuilt, 'checked')).toEqual(expected([...old, ...since]));

    // Versions go on behind those of the checkpoint.
    for await (const partition of partitionsOf(rebuilt)) {
      for (const { twin, version } of partition.twins()) {
        const ofAsset = since.filter(({ assetId }) => assetId === twin.assetId).length;
        const wasThere = old.some(({ assetId }) => assetId === twin.assetId);
        if (twin.assetId.startsWith('checked-')) expect(version).toBe((wasThere ? 5 : 0) + ofAsset);
      }
    }
  }, 120_000);

  it('leaves a checkpoint out that was not complete by then, and what was received later', async () => {
    const asOfMs = NOW_MS - 10 * DAY_MS;
    const before = readings(20, asOfMs - 200_000, 'past');
    const all = readings(100, asOfMs - 50_000, 'past');
    await checkpoint(before, asOfMs - 150_000);
    // Scanned while the instant passed, and after it.
    await checkpoint([...before, ...all], asOfMs - 500);
    await checkpoint([...before, ...all], asOfMs + HOUR_MS);
    await stores.archive(objectKey(asOfMs - 50_000, 'past'), [all]);
    const inTime = all.filter(({ receivedAtMs }) => receivedAtMs <= asOfMs);
    expect(inTime).toHaveLength(51);
    const rebuilt = await rebuildHere({ asOfMs });
    expect(rebuilt.checkpoint?.beganAtMs).toBe(asOfMs - 150_000);
    expect(await twinsIn(rebuilt, 'past')).toEqual(expected([...before, ...inTime]));
  }, 120_000);

  it('of a part of the log is from empty, without a checkpoint', async () => {
    const fromMs = NOW_MS - 8 * DAY_MS;
    const all = readings(100, fromMs - 50_000, 'window');
    await stores.archive(objectKey(fromMs - 50_000, 'window'), [all]);
    const toMs = fromMs + 20_000;
    const rebuilt = await rebuildHere({ fromMs, toMs });
    expect(rebuilt.checkpoint).toBeNull();
    const within = all.filter(({ receivedAtMs }) => receivedAtMs >= fromMs && receivedAtMs < toMs);
    expect(await twinsIn(rebuilt, 'window')).toEqual(expected(within));
    expect(within).toHaveLength(20);
  }, 120_000);

  it('reads what is damaged in the archive from the stream, while that has it', async () => {
    const some = readings(10, NOW_MS - 5 * HOUR_MS, 'mended');
    const damaged = gzipSync(Buffer.concat([encodeObservationRecord(some.slice(0, 3)), Buffer.from('garbage')]));
    await stores.put('archive', objectKey(NOW_MS - 5 * HOUR_MS, 'mended'), damaged);
    await stores.append('observations', encodeObservationRecord(some));
    const rebuilt = await rebuildHere();
    expect(rebuilt.unreadable).toEqual([]);
    expect(await twinsIn(rebuilt, 'mended')).toEqual(expected(some));
  }, 120_000);

  it('says what it could not read, and takes what stands before the damage', async () => {
    const fromMs = NOW_MS - 6 * DAY_MS;
    const some = readings(3, fromMs, 'damaged');
    const damaged = gzipSync(Buffer.concat([encodeObservationRecord(some), Buffer.from('garbage')]));
    await stores.put('archive', objectKey(fromMs, 'damaged-a'), damaged);
    await stores.put('archive', objectKey(fromMs, 'damaged-b'), 'no gzip');
    const rebuilt = await rebuildHere({ fromMs, toMs: fromMs + HOUR_MS });
    expect(rebuilt.unreadable.map(({ key }) => path.basename(key)).toSorted()).toEqual([
      'damaged-a.pb.gz',
      'damaged-b.pb.gz',
    ]);
    expect(await twinsIn(rebuilt, 'damaged')).toEqual(expected(some));
  }, 120_000);
});
