import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KeptReading, RedriveLedger, RejectStore } from '../../../core/ports.ts';
import { InvalidCursorError } from '../../../lambdas/shared/cursor.ts';
import { dynamodbRejectStore } from '../../../lambdas/shared/dynamodb-reject-store.ts';
import { CLAIM_LAPSES_MS } from '../../../lambdas/shared/redrive-marks.ts';
import { DETAIL_CHARACTERS_MAX, fitsPack, PACK_BYTES_MAX, packRejects } from '../../../lambdas/shared/reject-pack.ts';
import { REJECTS_TABLE, startTables, type Tables } from './tables.ts';

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
  await tables.create({ TableName: tableName, ...REJECTS_TABLE });
});

function storeOf(): RejectStore & RedriveLedger {
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

  it.each([
    'null',
    '{}',
    '{"reason":"no-such-reason","packId":"no-such-reason:1","place":0}',
    '{"reason":"malformed","packId":"malformed:1","place":0}',
    '{"reason":"out-of-range","packId":"malformed:1","place":0}',
    '{"reason":"out-of-range","packId":7,"place":0}',
    '{"reason":"out-of-range","packId":"out-of-range:1","place":-1}',
    '{"reason":"out-of-range","packId":"out-of-range:1","place":0.5}',
    '{"reason":"out-of-range","packId":"out-of-range:1","place":"0"}',
    `{"reason":"out-of-range","packId":"out-of-range:${'1'.repeat(1012)}","place":0}`,
  ])('refuses the forged cursor %s', async (content) => {
    const cursor = Buffer.from(content).toString('base64url');
    const listing = storeOf().list({ reason: 'out-of-range', limit: 10, cursor });
    await expect(listing).rejects.toBeInstanceOf(InvalidCursorError);
  });

  it('takes a cursor as long as a sort key may be', async () => {
    const packId = `out-of-range:${'1'.repeat(1011)}`;
    const cursor = Buffer.from(JSON.stringify({ reason: 'out-of-range', packId, place: 0 })).toString('base64url');
    expect(await storeOf().list({ reason: 'out-of-range', limit: 10, cursor })).toEqual({ readings: [] });
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

  it('keeps nothing twice when a retry cuts the batch elsewhere', async () => {
    const store = storeOf();
    const batch = [1, 1, 2, 3].map((message, index) =>
      kept(message, { readingId: `message-${message}/${index}`, count: 2 }),
    );
    await store.keep(batch);
    await store.keep(batch.slice(0, 2));
    await store.keep(batch.slice(2));
    await store.keep([...batch, ...batch]);
    const { readings } = await store.list({ limit: 10 });
    expect(readings.map(({ readingId }) => readingId)).toEqual(batch.map(({ readingId }) => readingId));
  });

  it('lists up to a time, which is not part of the period', async () => {
    const store = storeOf();
    await store.keep([kept(1), kept(2), kept(3)]);
    const period = { fromMs: START_MS + 1, toMs: START_MS + 3 };
    const { readings } = await store.list({ reason: 'out-of-range', ...period, limit: 10 });
    expect(readings.map(({ readingId }) => readingId)).toEqual(['message-1/0', 'message-2/0']);
    expect(await store.list({ fromMs: START_MS + 2, toMs: START_MS + 2, limit: 10 })).toEqual({ readings: [] });
  });

  it('gives an observation back with its form, and what was kept again with its number', async () => {
    const store = storeOf();
    await store.keep([
      kept(1, { form: 'observation' }),
      kept(1, { form: 'observation', readingId: 'message-1/1' }),
      kept(2, { redrives: 1 }),
      kept(2),
    ]);
    const { readings } = await store.list({ limit: 10 });
    expect(readings.map(({ readingId, form, redrives }) => [readingId, form, redrives])).toEqual([
      ['message-1/0', 'observation', undefined],
      ['message-1/1', 'observation', undefined],
      ['message-2/0', undefined, undefined],
      ['message-2/0', undefined, 1],
    ]);
    expect(new Set(readings.map(({ id }) => id)).size).toBe(4);
  });

  it('keeps again each of a message’s readings that were put back in one after the other', async () => {
    const store = storeOf();
    const again = (place: number) => kept(1, { readingId: `message-1/${place}`, count: 3, redrives: 1 });
    await store.keep([again(0)]);
    await store.keep([again(1), again(2)]);
    await store.keep([again(1)]);
    const { readings } = await store.list({ limit: 10 });
    expect(readings.map(({ readingId }) => readingId)).toEqual(['message-1/0', 'message-1/1', 'message-1/2']);
  });
});

describe('a pack', () => {
  /** What a pack of one reading costs beside its bytes: 4,000, and 40 and its detail of 51 characters for the reading. */
  const BESIDE_BYTES = 4_000 + 40 + 51;

  it('holds bytes up to its limit, and none beyond it', () => {
    const sized = (bytes: number) => kept(1, { bytes: new Uint8Array(bytes), detail: 'x'.repeat(51) });
    expect(fitsPack(sized(PACK_BYTES_MAX - BESIDE_BYTES))).toBe(true);
    expect(fitsPack(sized(PACK_BYTES_MAX - BESIDE_BYTES + 1))).toBe(false);
  });

  it('is split where a message’s readings do not fit one, the bytes in each part', async () => {
    const bytes = new Uint8Array(PACK_BYTES_MAX - 4_000 - 3 * (40 + 51));
    const readings = Array.from({ length: 4 }, (_, index) =>
      kept(1, { readingId: `message-1/${index}`, count: 4, bytes, detail: 'x'.repeat(51) }),
    );
    expect(packRejects(readings.slice(0, 3), 0)).toHaveLength(1);
    expect(packRejects(readings, 0).map(({ readings: places }) => places?.L?.length)).toEqual([3, 1]);
    const store = storeOf();
    await store.keep(readings);
    const listed = (await store.list({ limit: 10 })).readings;
    expect(listed.map(({ readingId }) => readingId)).toEqual(readings.map(({ readingId }) => readingId));
  });

  it('holds details up to their limit', async () => {
    const store = storeOf();
    await store.keep([
      kept(1, { detail: 'x'.repeat(DETAIL_CHARACTERS_MAX) }),
      kept(2, { detail: 'x'.repeat(DETAIL_CHARACTERS_MAX + 1) }),
    ]);
    const { readings } = await store.list({ limit: 10 });
    expect(readings.map(({ detail }) => detail.length)).toEqual([160, 160]);
  });
});

describe('the ledger of redrives', () => {
  const keptId = async (store: ReturnType<typeof storeOf>): Promise<string> => {
    await store.keep([kept(1), kept(2)]);
    const [first] = (await store.list({ limit: 1 })).readings;
    return first?.id ?? '';
  };

  it('finds a reading by its id, and nothing by another', async () => {
    const store = storeOf();
    const id = await keptId(store);
    expect((await store.find(id))?.readingId).toBe('message-1/0');
    for (const other of [
      id.replace('#0', '#1'),
      'nothing',
      'no-such-reason:1#0',
      `${id}0000000`,
      `out-of-range:${'1'.repeat(2000)}#0`,
    ]) {
      expect(await store.find(other), other).toBeUndefined();
    }
  });

  it('lets one of many claim, and shows what it knows beside the readings', async () => {
    const store = storeOf();
    const id = await keptId(store);
    const claims = await Promise.all(Array.from({ length: 10 }, () => storeOf().claim(id)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    const statuses = async () => (await store.list({ limit: 10 })).readings.map(({ status }) => status);
    expect(await statuses()).toEqual(['redriving', 'kept']);
    await store.settle(id);
    expect(await statuses()).toEqual(['redriven', 'kept']);
    expect((await store.find(id))?.status).toBe('redriven');
  });

  it('lets a claim lapse that was never settled, and a settled one never', async () => {
    const store = storeOf();
    const id = await keptId(store);
    expect(await store.claim(id)).toBe(true);
    nowMs = START_MS + CLAIM_LAPSES_MS;
    expect(await store.claim(id)).toBe(false);
    nowMs = START_MS + CLAIM_LAPSES_MS + 1;
    expect(await store.claim(id)).toBe(true);
    await store.settle(id);
    nowMs = START_MS + DAY_MS;
    expect(await store.claim(id)).toBe(false);
  });

  it('forgets nothing when the batch is kept again', async () => {
    const store = storeOf();
    const id = await keptId(store);
    await store.claim(id);
    await store.settle(id);
    await keptId(store);
    expect((await store.find(id))?.status).toBe('redriven');
  });
});
