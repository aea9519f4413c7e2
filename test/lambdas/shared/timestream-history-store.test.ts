import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Observation } from '../../../core/observation.ts';
import type { HistoryStore } from '../../../core/ports.ts';
import { stampOf } from '../../../core/twin/stamp.ts';
import { InvalidCursorError } from '../../../lambdas/shared/cursor.ts';
import { observationOf } from '../../core/twin/arbitraries.ts';
import { type History, startHistory } from './history.ts';

const START_MS = Date.now() - 60 * 60 * 1000;
let opened: History | undefined;
let history: HistoryStore;

beforeAll(async () => {
  opened = await startHistory();
  history = opened.store;
});
afterAll(() => opened?.close());

function reading(assetId: string, minute: number, given: Partial<Observation> = {}): Observation {
  const observedAtMs = START_MS + minute * 60_000;
  return observationOf({ assetId, observedAtMs, stamp: stampOf(observedAtMs, 7), readingId: `${minute}/0`, ...given });
}

const PERIOD = { fromMs: 0, toMs: START_MS + 24 * 60 * 60 * 1000 };

function pointsOf(assetId: string, attribute = 'intensity', limit = 100, cursor?: string) {
  const query = { assetId, attribute, numeric: true, ...PERIOD };
  return history.points(query, { limit, ...(cursor ? { cursor } : {}) });
}

describe('history on Timestream', () => {
  it('has nothing about what was never written, and says so without an error', async () => {
    expect(await pointsOf('nobody', 'neverWritten')).toEqual({ points: [] });
  });

  it('keeps numbers, texts, booleans and positions, each dot once however often it comes', async () => {
    const observation = reading('kinds', 1, {
      attributes: new Map<string, number | string | boolean>([
        ['intensity', 0.1],
        ['status', 'on’t "quote" me'],
        ['congested', true],
      ]),
      position: { longitude: -1.9, latitude: 52.5 },
    });
    expect(await history.write([observation, observation])).toEqual([]);
    expect(await history.write([{ ...observation, readingId: 'another/0', receivedAtMs: 5 }])).toEqual([]);
    const stamp = observation.stamp;
    expect((await pointsOf('kinds', 'intensity')).points).toEqual([{ source: 'cam-1', stamp, value: 0.1 }]);
    expect((await pointsOf('kinds', 'status')).points[0]?.value).toBe('on’t "quote" me');
    expect((await pointsOf('kinds', 'congested')).points[0]?.value).toBe(true);
    expect((await pointsOf('kinds', 'longitude')).points[0]?.value).toBe(-1.9);
  });

  it('names a reading whose dot stands for another value, and keeps those beside it', async () => {
    await history.write([reading('collision', 1)]);
    const rejections = await history.write([
      reading('collision', 2),
      reading('collision', 1, { readingId: 'forged/0', attributes: new Map([['intensity', 99]]) }),
      reading('collision', 3),
    ]);
    expect(rejections).toMatchObject([{ readingId: 'forged/0' }]);
    expect((await pointsOf('collision')).points.map(({ value }) => value)).toEqual([1, 1, 1]);
  });

  it('isolates a reading that Timestream refuses with its whole request', async () => {
    const readings = Array.from({ length: 9 }, (_, minute) => reading('poison', minute));
    readings[4] = reading('poison', 4, { readingId: 'empty/0', attributes: new Map([['status', '']]) });
    const rejections = await history.write(readings);
    expect(rejections.map(({ readingId }) => readingId)).toEqual(['empty/0']);
    expect((await pointsOf('poison')).points).toHaveLength(8);
  });

  it('writes more than a hundred at once and pages through them in order', async () => {
    await history.write(Array.from({ length: 250 }, (_, index) => reading('many', index / 10)));
    const stamps: bigint[] = [];
    let cursor: string | undefined;
    do {
      const page = await pointsOf('many', 'intensity', 100, cursor);
      stamps.push(...page.points.map(({ stamp }) => stamp));
      cursor = page.cursor;
    } while (cursor);
    expect(stamps).toHaveLength(250);
    expect(stamps).toEqual(stamps.toSorted((a, b) => (a < b ? -1 : 1)));
  });

  it('refuses a cursor that is none of its own', async () => {
    await expect(pointsOf('many', 'intensity', 10, 'forged')).rejects.toBeInstanceOf(InvalidCursorError);
  });

  it('bins per source, with extremes and mean for numbers only', async () => {
    const startMs = Math.floor(START_MS / 600_000) * 600_000;
    const at = (offsetMs: number, source: string, value: number | string, name: string) =>
      reading('binned', 0, {
        source,
        stamp: stampOf(startMs + offsetMs, 0),
        attributes: new Map([[name, value]]),
      });
    await history.write([
      at(0, 'a', 2, 'intensity'),
      at(599_999, 'a', 4, 'intensity'),
      at(600_000, 'a', 9, 'intensity'),
      at(1, 'b', 5, 'intensity'),
      at(2, 'a', 'ok', 'status'),
    ]);
    const query = { assetId: 'binned', fromMs: startMs, toMs: startMs + 1_200_000 };
    expect(await history.bins({ ...query, attribute: 'intensity', numeric: true }, 600_000)).toEqual([
      { startMs, source: 'a', count: 2, min: 2, max: 4, mean: 3, last: 4, lastStamp: stampOf(startMs + 599_999, 0) },
      { startMs, source: 'b', count: 1, min: 5, max: 5, mean: 5, last: 5, lastStamp: stampOf(startMs + 1, 0) },
      {
        startMs: startMs + 600_000,
        source: 'a',
        count: 1,
        min: 9,
        max: 9,
        mean: 9,
        last: 9,
        lastStamp: stampOf(startMs + 600_000, 0),
      },
    ]);
    expect(await history.bins({ ...query, attribute: 'status', numeric: false }, 600_000)).toEqual([
      { startMs, source: 'a', count: 1, last: 'ok', lastStamp: stampOf(startMs + 2, 0) },
    ]);
  });

  it('reads a quote in a name as a quote', async () => {
    expect((await pointsOf("o'brien")).points).toEqual([]);
  });
});
