import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReadingsBehind } from '../../../core/twin/behind-clock.ts';
import { NOTE_LIFE_MS } from '../../../lambdas/shared/clock-note-item.ts';
import { dynamodbClockNoteReader } from '../../../lambdas/shared/dynamodb-clock-note-reader.ts';
import { dynamodbClockNotes, NOTE_INTERVAL_MS } from '../../../lambdas/shared/dynamodb-clock-notes.ts';
import { dynamodbOpenReviews } from '../../../lambdas/shared/dynamodb-open-reviews.ts';
import { dynamodbReviewQueue } from '../../../lambdas/shared/dynamodb-review-queue.ts';
import { REVIEWS_TABLE, startTables, type Tables } from './tables.ts';

const T0_MS = Date.UTC(2026, 10, 21, 8);
const HOUR_MS = 60 * 60 * 1000;
const tableName = 'reviews';

let tables: Tables;
let assetId = '';
let assets = 0;
let nowMs = T0_MS;

beforeAll(async () => {
  tables = await startTables();
  await tables.create({ TableName: tableName, ...REVIEWS_TABLE });
});
afterAll(() => tables?.close());
beforeEach(() => {
  assetId = `garage-${assets++}`;
  nowMs = T0_MS;
});

const notes = () => dynamodbClockNotes(tables.client, tableName);
const reader = () => dynamodbClockNoteReader(tables.client, { tableName, nowMs: () => nowMs });
const behind = (receivedAtMs: number, rest: Partial<ReadingsBehind> = {}): ReadingsBehind => {
  return { assetId, source: 'gate', readings: 3, receivedAtMs, offsetMs: -HOUR_MS, ...rest };
};
const read = async (...sources: readonly string[]) => Object.fromEntries(await reader().read(assetId, sources));

describe('notes of clocks that have jumped back', () => {
  it('are read by whoever asks for the asset and its sources, and for no other', async () => {
    await notes().note([behind(T0_MS), behind(T0_MS + 1, { source: 'gw-1/radar', offsetMs: -5 })]);
    const gate = { receivedAtMs: T0_MS, offsetMs: -HOUR_MS };
    expect(await read('camera', 'gate', 'gw-1/radar')).toEqual({
      gate,
      'gw-1/radar': { receivedAtMs: T0_MS + 1, offsetMs: -5 },
    });
    expect(await read('gate')).toEqual({ gate });
    expect(await reader().read('elsewhere', ['gate'])).toEqual(new Map());
    expect(await read()).toEqual({});
  });

  it('are the latest by receipt, in whatever order they come', async () => {
    await notes().note([behind(T0_MS + 2)]);
    await notes().note([behind(T0_MS + 1, { offsetMs: -1 })]);
    expect(await read('gate')).toMatchObject({ gate: { receivedAtMs: T0_MS + 2, offsetMs: -HOUR_MS } });
  });

  it.each([
    [NOTE_INTERVAL_MS - 1, T0_MS],
    [NOTE_INTERVAL_MS, T0_MS + NOTE_INTERVAL_MS],
  ])('are written again by one function after %i ms or not', async (laterMs, receivedAtMs) => {
    const own = notes();
    await own.note([behind(T0_MS)]);
    await own.note([behind(T0_MS + laterMs)]);
    expect(await read('gate')).toMatchObject({ gate: { receivedAtMs } });
  });

  it.each([
    [NOTE_LIFE_MS - 1, ['gate']],
    [NOTE_LIFE_MS, []],
  ])('are believed until %i ms after', async (laterMs, sources) => {
    await notes().note([behind(T0_MS)]);
    nowMs += laterMs;
    expect(Object.keys(await read('gate'))).toEqual(sources);
  });

  it('are no reviews, although they stand beside them', async () => {
    await notes().note([behind(T0_MS)]);
    for await (const reviews of dynamodbReviewQueue(tables.client, tableName).pages()) expect(reviews).toEqual([]);
    const open = dynamodbOpenReviews(tables.client, { tableName, settlementDays: 1, nowMs: () => nowMs });
    expect((await open.list({ limit: 10 })).reviews).toEqual([]);
  });
});
