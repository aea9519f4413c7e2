import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KeptReading, RejectStore } from '../../../core/ports.ts';
import { dynamodbRejectStore } from '../../../lambdas/shared/dynamodb-reject-store.ts';
import { packRejects } from '../../../lambdas/shared/reject-pack.ts';
import { startTables, type Tables } from './tables.ts';

const START_MS = Date.UTC(2026, 10, 21, 8);
const DAY_MS = 24 * 60 * 60 * 1000;
let tables: Tables;
let tableName = '';
let nowMs = START_MS;

beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.close());

beforeEach(async () => {
  nowMs = START_MS;
  tableName = `rejects-${Math.random().toString(36).slice(2)}`;
  await tables.create({
    TableName: tableName,
    AttributeDefinitions: [
      { AttributeName: 'reason', AttributeType: 'S' },
      { AttributeName: 'packId', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'reason', KeyType: 'HASH' },
      { AttributeName: 'packId', KeyType: 'RANGE' },
    ],
  });
});

function storeOf(): RejectStore {
  return dynamodbRejectStore(tables.client, { tableName, retentionDays: 30, nowMs: () => nowMs });
}

function kept(message: number, given: Partial<KeptReading> = {}): KeptReading {
  return {
    readingId: `message-${message}/0`,
    count: 1,
    reason: 'out-of-range',
    detail: 'occupiedSpotNumber: got -3, expected 0 to 5000',
    topic: 'dt/centre/OffStreetParking/market-hall/ramp-camera',
    clientId: 'ramp-camera',
    principal: 'certificate-1',
    receivedAtMs: START_MS + message,
    bytes: new TextEncoder().encode(`payload ${message}`),
    ...given,
  };
}

describe('the reject store', () => {
  it('gives back every field of what it kept', async () => {
    const store = storeOf();
    const reading = kept(1, { readingId: 'm/with/slashes/7', count: 9, bytes: new Uint8Array([0, 255, 128]) });
    await store.keep([reading]);
    const { readings } = await store.list({ limit: 10 });
    expect(readings).toHaveLength(1);
    const [{ id, status, bytes, ...rest } = { id: '', status: '', bytes: new Uint8Array() }] = readings;
    const { bytes: sent, ...expected } = reading;
    expect(rest).toEqual(expected);
    expect([...bytes]).toEqual([...sent]);
    expect(status).toBe('kept');
    expect(id).toMatch(/^out-of-range:\d{13}:m\/with\/slashes#0$/);
  });

  it('keeps nothing twice when a batch is kept again', async () => {
    const store = storeOf();
    const batch = [kept(1), kept(2, { reason: 'malformed' }), kept(3)];
    await store.keep(batch);
    await store.keep(batch);
    expect((await store.list({ limit: 10 })).readings).toHaveLength(3);
  });

  it('lists by reason and by time, from a time on', async () => {
    const store = storeOf();
    await store.keep([kept(1), kept(5_000, { reason: 'malformed' })]);
    await store.keep([kept(9_000)]);
    const ids = async (query: Parameters<RejectStore['list']>[0]) =>
      (await store.list(query)).readings.map(({ readingId }) => readingId);
    expect(await ids({ reason: 'out-of-range', limit: 10 })).toEqual(['message-1/0', 'message-9000/0']);
    expect(await ids({ reason: 'out-of-range', fromMs: START_MS + 9_000, limit: 10 })).toEqual(['message-9000/0']);
    expect(await ids({ reason: 'malformed', limit: 10 })).toEqual(['message-5000/0']);
    expect(await ids({ reason: 'not-authorized', limit: 10 })).toEqual([]);
    expect(await ids({ limit: 10 })).toHaveLength(3);
  });

  it('pages through packs and reasons without repeating or skipping', async () => {
    const store = storeOf();
    const readings = Array.from({ length: 57 }, (_, index) =>
      kept(index, index % 3 === 0 ? { reason: 'malformed' } : {}),
    );
    for (let start = 0; start < readings.length; start += 10) await store.keep(readings.slice(start, start + 10));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list({ limit: 7, ...(cursor ? { cursor } : {}) });
      expect(page.readings.length).toBeLessThanOrEqual(7);
      seen.push(...page.readings.map(({ readingId }) => readingId));
      cursor = page.cursor;
    } while (cursor);
    expect(seen).toHaveLength(57);
    expect(new Set(seen)).toEqual(new Set(readings.map(({ readingId }) => readingId)));
  });

  it('no longer shows what has expired, though the table still holds it', async () => {
    const store = storeOf();
    await store.keep([kept(1)]);
    nowMs = START_MS + 30 * DAY_MS - 1000;
    expect((await store.list({ limit: 10 })).readings).toHaveLength(1);
    nowMs = START_MS + 30 * DAY_MS;
    expect((await store.list({ limit: 10 })).readings).toHaveLength(0);
  });

  it('keeps a thousand refused readings of one message of 128 KB, and its bytes once', async () => {
    const store = storeOf();
    const bytes = new Uint8Array(128 * 1024).fill(65);
    const readings = Array.from({ length: 1000 }, (_, index) =>
      kept(1, { readingId: `message-1/${index}`, count: 1000, bytes, detail: 'x'.repeat(500) }),
    );
    await store.keep(readings);
    const page = await store.list({ limit: 1000 });
    expect(page.readings.map(({ readingId }) => readingId)).toEqual(readings.map(({ readingId }) => readingId));
  });

  it('splits a batch into packs that DynamoDB takes', () => {
    const bytes = new Uint8Array(128 * 1024);
    const readings = Array.from({ length: 7 }, (_, index) => kept(index, { bytes }));
    const packs = packRejects(readings, 0);
    expect(packs.map(({ messages }) => messages?.L?.length)).toEqual([2, 2, 2, 1]);
    expect(new Set(packs.map(({ packId }) => packId?.S)).size).toBe(4);
  });
});
