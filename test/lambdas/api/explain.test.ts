import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Observation } from '../../../core/observation.ts';
import type { HistoryStore } from '../../../core/ports.ts';
import type { CityConfig } from '../../../core/schema/city-config.ts';
import { readingsBehind } from '../../../core/twin/behind-clock.ts';
import type { Evidence } from '../../../core/twin/evidence.ts';
import type { TwinExplanation } from '../../../core/twin/explain-json.ts';
import { emptyTwin, merge } from '../../../core/twin/join.ts';
import { stampOf } from '../../../core/twin/stamp.ts';
import type { Twin } from '../../../core/twin/twin.ts';
import type { TwinJson } from '../../../core/twin/twin-json.ts';
import { createApi } from '../../../lambdas/api/app.ts';
import { CLOCK_SOURCES_MAX } from '../../../lambdas/api/clock-notes.ts';
import { HISTORY_PATIENCE_MS, PAST_SOURCES_MAX } from '../../../lambdas/api/past-readings.ts';
import { dynamodbClockNoteReader } from '../../../lambdas/shared/dynamodb-clock-note-reader.ts';
import { dynamodbClockNotes } from '../../../lambdas/shared/dynamodb-clock-notes.ts';
import { dynamodbRejectStore } from '../../../lambdas/shared/dynamodb-reject-store.ts';
import { dynamodbTwinStore } from '../../../lambdas/shared/dynamodb-twin-store.ts';
import { smallCity } from '../../core/schema/small-city.ts';
import { observationOf } from '../../core/twin/arbitraries.ts';
import { type History, startHistory } from '../shared/history.ts';
import { NO_OPEN_REVIEWS } from '../shared/no-evidence.ts';
import { REVIEWS_TABLE, startTables, type Tables, TWINS_TABLE } from '../shared/tables.ts';

/** Of today, because history takes no time beyond its retention; whole seconds make the expectations short. */
const NOW_MS = Math.floor(Date.now() / 1000) * 1000;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

const CAR_PARK = smallCity.assetTypes['CarPark'];
const city: CityConfig = {
  ...smallCity,
  assetTypes: {
    CarPark: {
      description: '',
      model: 'test',
      ...CAR_PARK,
      attributes: {
        ...CAR_PARK?.attributes,
        warmth: {
          description: '',
          kind: 'number',
          unit: 'CEL',
          policy: 'mean-3-sigma',
          accuracy: 0.5,
          maxAgeMs: MINUTE_MS,
          reporting: 'state',
        },
      },
    },
  },
};

let tables: Tables;
let opened: History;
let assetId = '';
let assets = 0;
const failures: unknown[] = [];

beforeAll(async () => {
  [tables, opened] = await Promise.all([startTables(), startHistory()]);
  await tables.create({ TableName: 'twins', ...TWINS_TABLE });
  await tables.create({ TableName: 'reviews', ...REVIEWS_TABLE });
});
afterAll(async () => {
  await opened?.close();
  await tables?.close();
});
beforeEach(() => {
  assetId = `garage-${assets++}`;
  failures.length = 0;
});

function said(source: string, agoMs: number, attributes: Record<string, number | string>, rest = {}): Observation {
  const observedAtMs = NOW_MS - agoMs;
  return observationOf({
    assetId,
    assetType: 'CarPark',
    zone: 'north',
    source,
    stamp: stampOf(observedAtMs, 0),
    observedAtMs,
    receivedAtMs: observedAtMs + 100,
    attributes: new Map(Object.entries(attributes)),
    ...rest,
  });
}

/** Merged and written to history, as the two functions do it. */
async function tell(...observations: readonly Observation[]): Promise<void> {
  const twins = dynamodbTwinStore(tables.client, 'twins');
  const stored = (await twins.read([assetId])).get(assetId);
  const before = stored ?? { twin: emptyTwin(assetId, 'CarPark', 'north', true), version: 0 };
  const { twin, changed } = merge(before.twin, observations);
  if (changed) expect(await twins.write(twin, before.version)).toBe('written');
  expect(await opened.store.write(observations)).toEqual([]);
}

async function twinNow(): Promise<Twin> {
  const stored = (await dynamodbTwinStore(tables.client, 'twins').read([assetId])).get(assetId);
  if (!stored) throw new Error(`no twin ${assetId}`);
  return stored.twin;
}

interface Given {
  readonly history?: HistoryStore | undefined;
  readonly evidence?: Evidence;
}

async function ask<Answer>(path: string, given: Given = {}): Promise<Answer> {
  const { evidence } = given;
  const api = createApi({
    city,
    twins: dynamodbTwinStore(tables.client, 'twins'),
    clocks: dynamodbClockNoteReader(tables.client, { tableName: 'reviews', nowMs: () => NOW_MS }),
    evidence: { read: async () => new Map(evidence ? [[assetId, evidence]] : []) },
    reviews: NO_OPEN_REVIEWS,
    rejects: dynamodbRejectStore(tables.client, { tableName: 'rejects', retentionDays: 1, nowMs: Date.now }),
    streams: { ingest: { append: async () => new Set() }, observations: { append: async () => new Set() } },
    history: 'history' in given ? given.history : opened.store,
    requestBytesMax: 1000,
    nowMs: () => NOW_MS,
    onFailure: (error) => failures.push(error),
  });
  const answer = await api.request(`/v1/twins/${assetId}${path}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Answer;
}

const explained = (given: Given = {}, query = ''): Promise<TwinExplanation> => ask(`/explain${query}`, given);

describe('what a value superseded', () => {
  it('comes from history: of each source, and of the attribute', async () => {
    await tell(said('gate', 50_000, { taken: 70 }), said('gate', 40_000, { taken: 58 }));
    await tell(said('camera', 30_000, { taken: 54 }), said('gate', 10_000, { taken: 61 }));
    const { history, attributes } = await explained();
    expect(history).toBe('read');
    expect(attributes['taken']).toMatchObject({
      resolved: { value: 61, sources: ['gate'] },
      before: { value: 58, sources: ['gate'], observedAtMs: NOW_MS - 40_000 },
      siblings: [
        { source: 'gate', previous: { value: 58, stamp: `${NOW_MS - 40_000}000000`, observedAtMs: NOW_MS - 40_000 } },
        { source: 'camera', previous: null },
      ],
    });
  });

  it('and what a decision superseded is told with who had seen it', async () => {
    const seen = new Map([['lamp', new Map([['gate', stampOf(NOW_MS - 20_000, 0)]])]]);
    await tell(said('gate', 20_000, { lamp: 'green' }));
    await tell(
      said('operator/ada', 10_000, { lamp: 'dark' }, { kind: 'decision', validUntilMs: NOW_MS + HOUR_MS, seen }),
    );
    const { attributes } = await explained();
    expect(attributes['lamp']).toMatchObject({
      siblings: [{ source: 'operator/ada', validUntilMs: NOW_MS + HOUR_MS, counted: true }],
      superseded: [{ source: 'gate', seenBy: ['operator/ada'], value: 'green', observedAtMs: NOW_MS - 20_000 }],
      before: { value: 'green', sources: ['gate'] },
    });
  });

  it('is looked for behind so many sources of an attribute, and of no more', async () => {
    const sources = Array.from({ length: PAST_SOURCES_MAX + 1 }, (_, index) => `s${index}`);
    await tell(...sources.map((source, index) => said(source, 1000 + index, { taken: index })));
    const { siblings = [] } = (await explained()).attributes['taken'] ?? {};
    expect(siblings.filter(({ previous }) => previous === null)).toHaveLength(PAST_SOURCES_MAX);
    expect(siblings.at(-1)).not.toHaveProperty('previous');
  });
});

describe('an explanation', () => {
  it('says where no history is kept', async () => {
    await tell(said('gate', 10_000, { taken: 61 }));
    const { history, attributes } = await explained({ history: undefined });
    expect([history, attributes['taken']?.before, failures]).toEqual(['not-kept', null, []]);
    expect(attributes['taken']?.siblings[0]).not.toHaveProperty('previous');
  });

  it('says where history fails, and the failure is told', async () => {
    await tell(said('gate', 10_000, { taken: 61 }));
    const failure = new Error('closed');
    const failing = { ...opened.store, bins: () => Promise.reject(failure) };
    const { history, attributes } = await explained({ history: failing });
    expect([history, attributes['taken']?.resolved, failures]).toMatchObject(['no-answer', { value: 61 }, [failure]]);
  });

  it('does not wait for a history that does not answer', async () => {
    await tell(said('gate', 10_000, { taken: 61 }));
    const silent: HistoryStore = { ...opened.store, bins: () => new Promise(() => {}) };
    const start = performance.now();
    expect((await explained({ history: silent })).history).toBe('no-answer');
    expect(performance.now() - start).toBeGreaterThan(HISTORY_PATIENCE_MS - 100);
    expect(String(failures[0])).toContain('history did not answer');
  });

  it('goes by calibration and review', async () => {
    await tell(
      ...['a', 'b', 'c'].map((source, index) => said(source, 10_000, { warmth: [20, 20.6, 30][index] ?? 0 })),
      said('gate', 5000, { lamp: 'green' }),
      said('camera', 4000, { lamp: 'dark' }),
    );
    const sources = new Map([['b', { bias: 0.4, sigma: 0.5 }]]);
    const review = { id: 'r1', onsetMs: NOW_MS - 4000 };
    const evidence: Evidence = {
      calibrations: new Map([['warmth', { version: 'w7', sources }]]),
      reviews: new Map([['lamp', review]]),
    };
    const { attributes } = await explained({ evidence });
    expect(attributes['lamp']?.review).toEqual(review);
    expect(attributes['warmth']?.calibration).toBe('w7');
    const of = (source: string) => attributes['warmth']?.siblings.find((sibling) => sibling.source === source);
    expect(of('b')).toMatchObject({ bias: 0.4, sigma: 0.5, counted: true });
    // 30 − 20.1 in σ of 0.5.
    expect(of('c')).toMatchObject({ bias: 0, counted: false, outcome: 'calibrate' });
    expect(of('c')?.sigmas).toBeCloseTo(19.8, 6);
  });

  it('says until when a source is distrusted, and shows no register that is no attribute', async () => {
    const untilMs = NOW_MS + HOUR_MS;
    await tell(said('gate', 10_000, { taken: 61 }));
    const twins = dynamodbTwinStore(tables.client, 'twins');
    const { twin, version } = (await twins.read([assetId])).get(assetId) ?? { twin: undefined, version: 0 };
    if (!twin) throw new Error('no twin');
    const distrust = said('operator/ada', 5000, { 'distrust/taken/gate': untilMs }, { kind: 'distrust' });
    await twins.write(merge(twin, [distrust]).twin, version);
    const { attributes } = await explained();
    expect(Object.keys(attributes)).toEqual(['taken']);
    expect(attributes['taken']?.siblings).toMatchObject([{ outcome: 'distrusted', distrustedUntilMs: untilMs }]);
  });

  it('is of one attribute where one is asked for', async () => {
    await tell(said('gate', 10_000, { taken: 61, total: 100 }));
    const { attributes, version } = await explained({}, '?attribute=total');
    expect([Object.keys(attributes), version]).toEqual([['total'], 1]);
  });
});

describe('a clock that is off', () => {
  const clocks = async () => [(await ask<TwinJson>('')).clocks, (await explained()).clocks];

  it('is not shown where it is right, or right enough', async () => {
    await tell(said('gate', 10_000, { taken: 61 }));
    expect(await clocks()).toEqual([{}, {}]);
  });

  it('is shown by the twin and by its explanation where it is ahead', async () => {
    await tell(said('gate', -2 * MINUTE_MS, { taken: 61 }, { receivedAtMs: NOW_MS - 1000 }));
    const ahead = { gate: { state: 'ahead', offsetMs: 2 * MINUTE_MS + 1000 } };
    expect(await clocks()).toEqual([ahead, ahead]);
  });

  it('that has jumped back an hour leaves a stale value and is named, until it is heard again', async () => {
    const notes = dynamodbClockNotes(tables.client, 'reviews');
    await tell(said('gate', 2 * MINUTE_MS, { taken: 60 }));
    // It goes on reporting every ten seconds, an hour behind: the past does not win.
    const receivedAt = (agoMs: number) => ({ receivedAtMs: NOW_MS - agoMs });
    for (let agoMs = 110_000; agoMs >= 10_000; agoMs -= 10_000) {
      const past = said('gate', agoMs + HOUR_MS, { taken: 5 }, receivedAt(agoMs));
      await tell(past);
      await notes.note(readingsBehind(await twinNow(), [past]));
    }
    expect((await ask<TwinJson>('')).attributes['taken']).toMatchObject({ value: 60, quality: 'stale' });
    const jumped = { gate: { state: 'jumped-back', offsetMs: -HOUR_MS } };
    expect(await clocks()).toEqual([jumped, jumped]);
    // History has what is stamped before, but that never stood.
    expect((await explained()).attributes['taken']).toMatchObject({ before: null, siblings: [{ source: 'gate' }] });
    expect((await explained()).attributes['taken']?.siblings[0]).not.toHaveProperty('previous');

    await tell(said('gate', 500, { taken: 61 }));
    expect(await clocks()).toEqual([{}, {}]);
  });

  it('that has come to where it was before it jumped back shows as behind, or late', async () => {
    await tell(said('gate', HOUR_MS, { taken: 7 }, { receivedAtMs: NOW_MS }));
    const behind = { gate: { state: 'behind-or-late', offsetMs: -HOUR_MS } };
    expect(await clocks()).toEqual([behind, behind]);
  });

  it.each([
    [CLOCK_SOURCES_MAX, 1],
    [CLOCK_SOURCES_MAX + 1, 0],
  ])('is looked for among the first hundred sources: of %i the last is named %i times', async (count, named) => {
    const sources = Array.from({ length: count }, (_, index) => `s${1000 + index}`);
    const last = sources.at(-1) ?? '';
    await tell(...sources.map((source) => said(source, 10_000, { taken: 1 })));
    const notes = dynamodbClockNotes(tables.client, 'reviews');
    await notes.note([{ assetId, source: last, readings: 1, receivedAtMs: NOW_MS, offsetMs: -HOUR_MS }]);
    expect(Object.keys((await ask<TwinJson>('')).clocks)).toHaveLength(named);
  });
});
