/** What a table does not take, and what a reader does not know: held back with its reason, never half written. */

import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { itemBytes } from '../../../bench/sizes/metered-bytes.ts';
import { decodeObservationRecord } from '../../../core/codec/observation-record.ts';
import type { Observation } from '../../../core/observation.ts';
import type { TwinStore } from '../../../core/ports.ts';
import { deltaOf, emptyTwin, join, merge } from '../../../core/twin/join.ts';
import { stampOf } from '../../../core/twin/stamp.ts';
import type { Twin } from '../../../core/twin/twin.ts';
import { dynamodbRejectStore } from '../../../lambdas/shared/dynamodb-reject-store.ts';
import { dynamodbTwinStore } from '../../../lambdas/shared/dynamodb-twin-store.ts';
import { keptObservation } from '../../../lambdas/shared/kept-observation.ts';
import { mergeTwins, type Report } from '../../../lambdas/shared/merge-twins.ts';
import { toTwinItem } from '../../../lambdas/shared/twin-item.ts';
import { observationOf } from '../../core/twin/arbitraries.ts';
import { REJECTS_TABLE, startTables, type Tables, TWINS_TABLE } from './tables.ts';

const TABLE = 'twins';
const REJECTS = 'rejects';
/** DynamoDB guide, "Service, account, and table quotas": 400 KB, names included. */
const ITEM_BYTES_MAX = 400 * 1024;
const T0_MS = Date.UTC(2026, 10, 21, 8);

let tables: Tables;
let store: TwinStore;

beforeAll(async () => {
  tables = await startTables();
  await tables.create({ TableName: TABLE, ...TWINS_TABLE });
  await tables.create({ TableName: REJECTS, ...REJECTS_TABLE });
  store = dynamodbTwinStore(tables.client, TABLE);
});
afterAll(() => tables.close());

/** With numbers that end in no zero: how many of such a one's digits count is said in more than one way. */
function reading(assetId: string, source: string, number: number): Observation {
  return observationOf({
    assetId,
    source,
    readingId: `${source}-${number}/0`,
    stamp: stampOf(T0_MS, 100_000 + number),
    receivedAtMs: T0_MS + 123,
  });
}

function retirement(source: string): Observation {
  return { ...reading('full', source, 3), kind: 'retire' };
}

/** A twin whose item has so many bytes as DynamoDB counts them: sources with long names, and a text for the rest. */
function twinOfBytes(assetId: string, bytes: number): Twin {
  const name = (number: number) => `camera-of-the-crowded-square-${String(number).padStart(5, '0')}`;
  const noted = (length: number) =>
    deltaOf({ ...reading(assetId, name(0), 1), attributes: new Map([['note', 'x'.repeat(length)]]) });
  const sizeOf = (twin: Twin) => itemBytes(toTwinItem(twin, 2));
  const withOne = sizeOf(deltaOf(reading(assetId, name(0), 1)));
  const withTwo = sizeOf(merge(deltaOf(reading(assetId, name(0), 1)), [reading(assetId, name(1), 1)]).twin);
  const sources = Math.floor((bytes - withOne) / (withTwo - withOne)) - 2;
  const crowd = Array.from({ length: sources }, (_, number) => reading(assetId, name(number), 1));
  const twin = merge(emptyTwin(assetId, 'TrafficFlowObserved', 'north', true), crowd).twin;
  return join(twin, noted(bytes - sizeOf(join(twin, noted(0)))));
}

async function mergeReports(observations: Report) {
  const { assetId } = observations[0];
  return mergeTwins(new Map([[assetId, observations]]), { twins: store, announce: async () => {}, nowMs: () => T0_MS });
}

describe('an item of 400 KB', () => {
  it('is taken at the limit and refused with one byte more, and then the older one stands', async () => {
    const small = deltaOf(reading('brim', 'camera-of-the-crowded-square-00000', 0));
    expect(await store.write(small, 0)).toBe('written');
    const above = twinOfBytes('brim', ITEM_BYTES_MAX + 1);
    expect(itemBytes(toTwinItem(above, 2))).toBe(ITEM_BYTES_MAX + 1);
    expect(await store.write(above, 1)).toEqual({ refused: expect.stringContaining('size') });
    expect((await store.read(['brim'])).get('brim')).toEqual({ twin: small, version: 1 });

    const at = twinOfBytes('brim', ITEM_BYTES_MAX);
    expect(await store.write(at, 1)).toBe('written');
    expect((await store.read(['brim'])).get('brim')).toEqual({ twin: at, version: 2 });
  });

  it('hears its sources, keeps a new one’s readings as rejects, and hears it once others are retired', async () => {
    await store.write(emptyTwin('full', 'TrafficFlowObserved', 'north', true), 0);
    const known = 'camera-of-the-crowded-square-00001';
    expect(await store.write(twinOfBytes('full', ITEM_BYTES_MAX), 1)).toBe('written');

    const stranger = reading('full', 'stranger', 2);
    const crowded = await mergeReports([stranger, reading('full', known, 2)]);
    expect(crowded).toMatchObject({ twinsWritten: 1, failed: [] });
    expect(crowded.refused).toEqual([
      { assetId: 'full', observations: [stranger], detail: expect.stringContaining('size') },
    ]);
    const [refused] = crowded.refused;
    const kept = refused?.observations.map((observation) => keptObservation(observation, refused.detail)) ?? [];
    const rejects = dynamodbRejectStore(tables.client, { tableName: REJECTS, retentionDays: 30, nowMs: () => T0_MS });
    await rejects.keep(kept);
    const { readings } = await rejects.list({ reason: 'processing-failed', limit: 10 });
    expect(readings.map(({ readingId, detail }) => [readingId, detail])).toEqual([
      ['stranger-2/0', expect.stringMatching(/size.*TrafficFlowObserved full by stranger/)],
    ]);

    // A floor takes most of what an entry of one register took, so one that goes makes no room for another.
    const [first, ...others] = [1, 2, 3, 4].map((number) => retirement(`camera-of-the-crowded-square-0000${number}`));
    if (!first) throw new Error('nobody retires');
    expect(await mergeReports([first, ...others])).toMatchObject({ twinsWritten: 1 });
    const redriven = decodeObservationRecord(readings[0]?.bytes ?? new Uint8Array());
    if (!redriven.ok) throw new Error(redriven.detail);
    const [again = stranger] = redriven.observations;
    expect(await mergeReports([again])).toMatchObject({ twinsWritten: 1, refused: [] });
    const register = (await store.read(['full'])).get('full')?.twin.registers.get('intensity');
    expect([register?.has('stranger'), register?.has(known)]).toEqual([true, false]);
  });
});

describe('an item of a format that is not known', () => {
  it('is neither read nor written over: what was said of the asset waits until a version reads it', async () => {
    const before = deltaOf(reading('newer', 'cam-1', 1));
    const item = toTwinItem(before, 7);
    await tables.client.send(new PutItemCommand({ TableName: TABLE, Item: { ...item, format: { N: '2' } } }));

    const merging = mergeReports([reading('newer', 'cam-1', 2)]);
    await expect(merging).rejects.toThrow(/^twin newer: format 2, expected 1: deploy the version that wrote it/);
    const { Item: standing } = await tables.client.send(
      new GetItemCommand({ TableName: TABLE, Key: { assetId: { S: 'newer' } } }),
    );
    expect(standing).toEqual({ ...item, format: { N: '2' } });

    await tables.client.send(new PutItemCommand({ TableName: TABLE, Item: item }));
    expect(await mergeReports([reading('newer', 'cam-1', 2)])).toMatchObject({ twinsWritten: 1, failed: [] });
    const after = join(before, deltaOf(reading('newer', 'cam-1', 2)));
    expect((await store.read(['newer'])).get('newer')).toEqual({ twin: after, version: 8 });
  });
});
