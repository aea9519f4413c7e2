/** Whatever a caller makes of a cursor, the answer is a page or a problem of the caller's, never one of ours. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REJECT_REASONS } from '../../../core/reason.ts';
import { deltaOf } from '../../../core/twin/join.ts';
import { stampOf } from '../../../core/twin/stamp.ts';
import { observationOf } from '../../core/twin/arbitraries.ts';
import { type OpenApi, openApi } from './open-api.ts';

const RUNS = 150;
const LISTS = [
  '/v1/twins?limit=2',
  '/v1/twins?zone=centre',
  '/v1/twins?type=Streetlight',
  '/v1/twins?type=Streetlight&zone=centre',
  '/v1/rejects?limit=2',
  '/v1/rejects?reason=malformed',
  '/v1/twins/lamp-1/history?attribute=illuminanceLevel&limit=2',
  '/v1/twins/lamp-1/history?attribute=illuminanceLevel&bin=1h',
];
let api: OpenApi;

beforeAll(async () => {
  api = await openApi();
  const nowMs = Date.now();
  for (let lamp = 1; lamp <= 5; lamp++) {
    const observation = observationOf({
      assetId: `lamp-${lamp}`,
      assetType: 'Streetlight',
      zone: 'centre',
      stamp: stampOf(nowMs - 60_000, lamp),
      observedAtMs: nowMs - 60_000,
      attributes: new Map([['illuminanceLevel', 0.5]]),
    });
    await api.twins.write(deltaOf(observation), 0);
    await api.history.write([1, 2, 3].map((tie) => ({ ...observation, stamp: stampOf(nowMs - 60_000, tie) })));
    await api.rejects.keep([
      {
        readingId: `message-${lamp}/0`,
        count: 1,
        reason: 'malformed',
        detail: 'not JSON',
        topic: 'dt/centre/Streetlight/lamp-1/controller',
        clientId: 'controller',
        principal: '',
        receivedAtMs: nowMs,
        bytes: new Uint8Array([123]),
      },
    ]);
  }
});
afterAll(() => api?.close());

/** Names and values that a cursor of ours could hold, and what is near to them. */
const fields = fc.dictionary(
  fc.constantFrom('assetId', 'assetType', 'zone', 'reason', 'packId', 'place', 'fromMs', 'toMs', 'cursor', 'a'),
  fc.oneof(
    fc.constantFrom<unknown>('lamp-1', 'Streetlight', 'centre', 'malformed:1', '', ...REJECT_REASONS, null, {}, []),
    fc.integer(),
    fc.double(),
    fc.string(),
    fc.constantFrom({ S: 'lamp-1' }, { N: '1' }, 9_999_999_999_999, 10_000_000_000_000, Number.MAX_SAFE_INTEGER),
  ),
);
const cursors = fc.oneof(
  fc.oneof(fields, fc.jsonValue()).map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')),
  fc.string({ unit: 'binary', minLength: 1 }),
);

describe('a cursor', () => {
  it.each(LISTS)('that is forged never makes %s fail', async (list) => {
    await fc.assert(
      fc.asyncProperty(cursors, async (cursor) => {
        const { status, contentType } = await api.get(`${list}&cursor=${encodeURIComponent(cursor)}`);
        expect([200, 400]).toContain(status);
        if (status === 400) expect(contentType).toBe('application/problem+json');
      }),
      { numRuns: RUNS },
    );
    expect(api.failures).toEqual([]);
  });

  it.each(LISTS.filter((list) => list.includes('limit')))('of %s leads on to its next page', async (list) => {
    const { cursor } = (await api.get(list)).json<{ cursor: string }>();
    expect((await api.get(`${list}&cursor=${encodeURIComponent(cursor)}`)).status).toBe(200);
  });

  it('of one list is refused by another', async () => {
    const { cursor } = (await api.get('/v1/twins?limit=2')).json<{ cursor: string }>();
    for (const list of LISTS.filter((each) => !each.startsWith('/v1/twins?limit'))) {
      const { status, json } = await api.get(`${list}&cursor=${cursor}`);
      expect([list, status]).toEqual([list, 400]);
      expect(json<{ detail: string }>().detail).toBe(
        `cursor: got "${cursor}", expected the "cursor" of the previous page`,
      );
    }
  });
});
