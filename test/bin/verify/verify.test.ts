import { DeleteItemCommand, DescribeTableCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildTwins } from '../../../bin/rebuild/build.ts';
import { verify } from '../../../bin/verify/verify.ts';
import { encodeObservationRecord } from '../../../core/codec/observation-record.ts';
import type { Observation } from '../../../core/observation.ts';
import { emptyTwinFor, merge } from '../../../core/twin/join.ts';
import { toTwinItem } from '../../../lambdas/shared/twin-item.ts';
import { observationOf } from '../../core/codec/factories.ts';
import { startStores, type TestStores } from '../rebuild/city-stores.ts';

const ASSETS = 40;
const GRACE_MS = 60_000;
const NO_PROGRESS = { joined: () => {}, placed: () => {} };

let stores: TestStores;
beforeAll(async () => {
  stores = await startStores();
  for (const observation of all) await log(observation);
  for (const ofAsset of Map.groupBy(all, ({ assetId }) => assetId).values()) await store(ofAsset);
}, 120_000);
afterAll(() => stores.close());

const receivedAtMs = Date.now() - 10 * GRACE_MS;
const all = Array.from({ length: 3 * ASSETS }, (_, index) => readingOf(index % ASSETS, index));

function readingOf(asset: number, number: number, given: Partial<Observation> = {}): Observation {
  const stamp = BigInt(receivedAtMs) * 1_000_000n + BigInt(number);
  const attributes = new Map([['taken', number]]);
  return observationOf({
    readingId: `message-${number}/0`,
    assetId: `asset-${asset}`,
    source: number % 2 === 0 ? 'camera' : 'loop',
    stamp,
    receivedAtMs,
    attributes,
    ...given,
  });
}

const log = (...some: readonly Observation[]) => stores.append('observations', encodeObservationRecord(some));

async function store(ofAsset: readonly Observation[], version = 3): Promise<void> {
  const [first] = ofAsset;
  if (!first) return;
  const Item = toTwinItem(merge(emptyTwinFor(first), ofAsset).twin, version);
  await stores.dynamodb.send(new PutItemCommand({ TableName: 'cityweave-twins', Item }));
}

const ofAsset = (asset: number) => all.filter(({ assetId }) => assetId === `asset-${asset}`);
const verifyHere = () => verify({ target: stores.target, graceMs: GRACE_MS, workers: 1, progress: NO_PROGRESS });

describe('verify', () => {
  it('finds nothing where table and log agree, but for what has only just come', async () => {
    expect(await verifyHere()).toMatchObject({ equal: ASSETS, newer: 0, divergent: 0, divergences: [] });
    await log(readingOf(0, 1000, { receivedAtMs: Date.now() }));
    expect(await verifyHere()).toMatchObject({ equal: ASSETS - 1, newer: 1, divergent: 0 });
  }, 120_000);

  it('names what the table has lost, and what nobody logged', async () => {
    await store(ofAsset(1).slice(0, -1));
    const forged = readingOf(2, 2001, { source: 'nobody' });
    await store([...ofAsset(2), forged]);
    await stores.dynamodb.send(
      new DeleteItemCommand({ TableName: 'cityweave-twins', Key: { assetId: { S: 'asset-3' } } }),
    );
    const { divergent, divergences } = await verifyHere();
    expect(divergent).toBe(3);
    const byAsset = divergences.toSorted((a, b) => (a.assetId < b.assetId ? -1 : 1));
    const sides = byAsset.map(({ assetId, register, source, live, rebuilt }) => [
      `${assetId} ${register} ${source}`,
      live?.sibling?.value,
      rebuilt?.sibling?.value,
    ]);
    expect(sides).toEqual([
      // Asset 1 has the readings 1, 41 and 81, all of its loop; asset 3 likewise.
      ['asset-1 taken loop', 41, 81],
      ['asset-2 taken nobody', 2001, undefined],
      ['asset-3 taken loop', undefined, 83],
    ]);
    for (const asset of [1, 2, 3]) await store(ofAsset(asset));
    expect(await verifyHere()).toMatchObject({ divergent: 0 });
  }, 120_000);
});

describe('a rebuild into a table', () => {
  const build = (table: string) => buildTwins({ target: stores.target, wanted: {}, table, progress: NO_PROGRESS });

  it('makes one like the live one, with every twin under a version no lower', async () => {
    await build('cityweave-twins-rebuilt');
    const { Table: table } = await stores.dynamodb.send(
      new DescribeTableCommand({ TableName: 'cityweave-twins-rebuilt' }),
    );
    expect(table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName).toSorted()).toEqual(['byType', 'byZone']);
    const rows = async (TableName: string) =>
      new Map(
        (await stores.dynamodb.send(new ScanCommand({ TableName }))).Items?.map((item) => [item['assetId']?.S, item]),
      );
    const [live, rebuilt] = [await rows('cityweave-twins'), await rows('cityweave-twins-rebuilt')];
    expect(rebuilt.size).toBe(ASSETS);
    for (const [assetId, item] of rebuilt) {
      expect(Number(item['version']?.N)).toBeGreaterThanOrEqual(Number(live.get(assetId)?.['version']?.N));
      if (assetId !== 'asset-0') expect(item['registers']).toEqual(live.get(assetId)?.['registers']);
    }
  }, 120_000);

  it('refuses one that holds anything, and the live one', async () => {
    await expect(build('cityweave-twins-rebuilt')).rejects.toThrow('holds items');
    await expect(build('cityweave-twins')).rejects.toThrow('the live table');
  }, 120_000);
});
