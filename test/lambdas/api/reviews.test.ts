import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeObservationRecord } from '../../../core/codec/observation-record.ts';
import {
  DISTRUST_MAX_MS,
  DISTRUSTS_MAX,
  KEY_LENGTH_MAX,
  REASON_LENGTH_MAX,
  VALID_FOR_DEFAULT_MS,
  VALID_FOR_MAX_MS,
} from '../../../lambdas/api/routes/settle-request.ts';
import { DISAGREE_MAX_MS, NOW_MS, says } from '../../core/reviews/signals.ts';
import { type ReviewedCity, startReviewedCity } from '../shared/reviewed-city.ts';

const OPENED_MS = NOW_MS + DISAGREE_MAX_MS + 1;
let city: ReviewedCity;
let id: string;

beforeAll(async () => {
  city = await startReviewedCity();
});
afterAll(() => city.close());
beforeEach(async () => {
  await city.reset();
  await city.tell([says('gw-1/camera', 'red', 2000), says('controller', 'green', 1000)]);
  city.clock.nowMs = OPENED_MS;
  await city.openReviews();
  id = (await city.review())?.id ?? '';
});

function settle(body: object | string, { key = 'k-1', sub = 'ann' }: { key?: string; sub?: string } = {}) {
  const headers = { 'idempotency-key': key };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return city.ask<Record<string, unknown>>(`/reviews/${id}/settle`, { method: 'POST', body: text, headers }, sub);
}

interface LampBody {
  readonly attributes: { readonly lamp: { value: string; flags: string[]; sources: string[] } };
}

async function lamp() {
  const { body } = await city.ask<LampBody>('/twins/junction');
  const { value, flags, sources } = body.attributes.lamp;
  return [value, flags, sources];
}

const observations = () =>
  city.log.flatMap(({ data }) => {
    const decoded = decodeObservationRecord(data);
    return decoded.ok ? decoded.observations : [];
  });

describe('GET /v1/reviews', () => {
  it('lists what is open, with what its sources say and what holds meanwhile', async () => {
    expect(await city.ask('/reviews')).toEqual({
      status: 200,
      body: {
        reviews: [
          {
            id,
            assetId: 'junction',
            assetType: 'Signal',
            zone: 'north',
            attribute: 'lamp',
            sources: ['controller', 'gw-1/camera'],
            onset: '2026-11-21T08:00:00.000Z',
            openedAt: '2026-11-21T08:00:15.001Z',
            value: 'flashing',
            flags: ['disagreeing', 'fail-safe'],
            says: [
              { source: 'controller', value: 'green', observedAt: '2026-11-21T07:59:59.000Z' },
              { source: 'gw-1/camera', value: 'red', observedAt: '2026-11-21T07:59:58.000Z' },
            ],
          },
        ],
        cursor: null,
      },
    });
    expect(await lamp()).toEqual(['flashing', ['disagreeing', 'fail-safe'], []]);
    const { body } = await city.ask('/twins/junction/explain?attribute=lamp');
    expect(body).toMatchObject({ attributes: { lamp: { resolved: { value: 'flashing' } } } });
    const { body: page } = await city.ask('/twins?type=Signal');
    expect(page).toMatchObject({ twins: [{ attributes: { lamp: { value: 'flashing' } } }] });
  });

  it.each(['?limit=0', '?limit=101', '?cursor=x', '?cursor=e30'])('refuses %s', async (query) => {
    expect(await city.ask(`/reviews${query}`)).toMatchObject({ status: 400 });
  });
});

describe('a settlement', () => {
  it('writes a decision into the log, which then holds', async () => {
    const answer = await settle({ value: 'red', reason: 'seen by the patrol' });
    const readingId = `settle/${id}/${NOW_MS}/operator/ann/k-1/0`;
    expect(answer).toEqual({
      status: 202,
      body: {
        id,
        assetId: 'junction',
        attribute: 'lamp',
        authority: 'operator/ann',
        value: 'red',
        validUntil: new Date(OPENED_MS + VALID_FOR_DEFAULT_MS).toISOString(),
        distrusted: [],
        readingIds: [readingId],
      },
    });
    expect(observations()).toMatchObject([
      { readingId, kind: 'decision', validUntilMs: OPENED_MS + VALID_FOR_DEFAULT_MS },
    ]);
    await city.drain();
    expect(await lamp()).toEqual(['red', ['decided'], ['operator/ann']]);
  });

  it('lets the good sensor count alone behind it, and the faulty one reopen nothing', async () => {
    const until = new Date(OPENED_MS + 86_400_000).toISOString();
    await settle({ value: 'green', validForMs: 60_000, distrust: [{ source: 'gw-1/camera', until }] });
    await city.drain();
    expect(await lamp()).toEqual(['green', ['decided'], ['operator/ann']]);
    city.clock.nowMs += 2000;
    await city.tell([says('controller', 'green', NOW_MS - city.clock.nowMs)]);
    expect(await lamp()).toEqual(['green', [], ['controller']]);
    expect(await city.review()).toBeUndefined();
    city.clock.nowMs += 1000;
    await city.tell([says('gw-1/camera', 'red', NOW_MS - city.clock.nowMs)]);
    expect(await lamp()).toEqual(['green', [], ['controller']]);
    expect(await city.review()).toBeUndefined();
  });

  it('of two who contradict each other at once is fail-safe, and the later of them who has seen both ends it', async () => {
    await settle({ value: 'red' });
    await settle({ value: 'green' }, { sub: 'ben' });
    await city.drain();
    expect(await lamp()).toEqual(['flashing', ['disagreeing', 'fail-safe'], []]);
    city.clock.nowMs += 1;
    await settle({ value: 'green' }, { sub: 'ben', key: 'k-2' });
    await city.drain();
    expect(await lamp()).toEqual(['green', ['decided'], ['operator/ben']]);
  });

  it('that is sent twice under one key is one decision', async () => {
    const first = await settle({ value: 'red', validForMs: 1000 });
    city.clock.nowMs += 500;
    expect(await settle({ validForMs: 1000, value: 'red' })).toEqual(first);
    const [decision, again] = observations();
    expect(again).toEqual(decision);
    expect((await city.drain()).twinsWritten).toBe(1);
    const later = await settle({ value: 'red', validForMs: 1000 }, { key: 'k-2' });
    expect(later.body).not.toEqual(first.body);
  });

  it('that the log has not taken is the same decision when it is sent again', async () => {
    city.takeRecords(false);
    expect(await settle({ value: 'red' })).toMatchObject({ status: 503, body: { title: 'Service Unavailable' } });
    city.takeRecords(true);
    city.clock.nowMs += 5000;
    const validUntil = new Date(OPENED_MS + VALID_FOR_DEFAULT_MS).toISOString();
    expect(await settle({ value: 'red' })).toMatchObject({ status: 202, body: { validUntil } });
    expect(observations()).toMatchObject([{ observedAtMs: OPENED_MS, receivedAtMs: OPENED_MS }]);
  });

  it('cannot take a key for another decision', async () => {
    await settle({ value: 'red' });
    expect(await settle({ value: 'green' })).toMatchObject({ status: 409, body: { title: 'Conflict' } });
    expect(observations()).toHaveLength(1);
  });

  it('is refused where there is no such review, or no longer', async () => {
    await city.tell([says('gw-1/camera', 'green', -DISAGREE_MAX_MS)]);
    expect(await settle({ value: 'red' })).toMatchObject({ status: 404, body: { status: 404 } });
    id = 'unknown';
    expect(await settle({ value: 'red' })).toMatchObject({ status: 404 });
  });

  it('needs somebody who answers for it', async () => {
    const request = { method: 'POST', body: '{"value":"red"}', headers: { 'idempotency-key': 'k' } };
    expect(await city.ask(`/reviews/${id}/settle`, request)).toMatchObject({ status: 403 });
    expect(await city.ask(`/reviews/${id}/settle`, request, 'x'.repeat(65))).toMatchObject({ status: 403 });
    expect(await city.ask(`/reviews/${id}/settle`, request, 'a/b c')).toMatchObject({
      status: 202,
      body: { authority: 'operator/a_2Fb_20c' },
    });
  });

  const camera = 'gw-1/camera';
  const inOneDay = OPENED_MS + 86_400_000;
  it.each<[what: string, body: object | string, detail: string]>([
    ['no JSON', 'red', 'the body: not JSON'],
    ['two values under one name', '{"value": "red", "value": "green"}', 'one name twice'],
    ['half a character', '{"value": "red", "reason": "\\ud800"}', 'half a surrogate pair'],
    ['a number beyond all', '{"value": 1e999}', 'beyond what a double holds'],
    ['a list', [1], 'the body: expected'],
    ['no value', {}, 'value: got none'],
    ['a value of another kind', { value: 1 }, 'lamp: got 1, expected a string'],
    ['a value that is no word of it', { value: 'blue' }, 'expected one of red, green, flashing'],
    ['a field that is not known', { value: 'red', comment: '' }, 'comment: unknown'],
    ['two ends', { value: 'red', validForMs: 1, validUntil: inOneDay }, 'either validForMs or validUntil'],
    ['no time', { value: 'red', validForMs: 0 }, 'holds from 1 ms'],
    ['too long', { value: 'red', validForMs: VALID_FOR_MAX_MS + 1 }, 'holds from 1 ms'],
    ['half a millisecond', { value: 'red', validForMs: 0.5 }, 'whole milliseconds'],
    ['an end that is past', { value: 'red', validUntil: OPENED_MS }, 'holds from 1 ms'],
    ['an end that is no time', { value: 'red', validUntil: 'soon' }, 'validUntil: got "soon"'],
    ['a long reason', { value: 'red', reason: 'x'.repeat(REASON_LENGTH_MAX + 1) }, 'reason: expected'],
    ['no list of distrusts', { value: 'red', distrust: camera }, 'distrust: expected a list'],
    [
      'too many of them',
      {
        value: 'red',
        distrust: Array.from({ length: DISTRUSTS_MAX + 1 }, () => ({ source: camera, until: inOneDay })),
      },
      'distrust: expected a list of at most',
    ],
    ['a distrust without end', { value: 'red', distrust: [{ source: camera }] }, 'distrust[0].until: got none'],
    [
      'a distrust for ever',
      { value: 'red', distrust: [{ source: camera, until: OPENED_MS + DISTRUST_MAX_MS + 1 }] },
      'distrust[0].until',
    ],
    [
      'a distrust of nobody',
      { value: 'red', distrust: [{ source: 'loop', until: inOneDay }] },
      'expected one of lamp: gw-1/camera, controller',
    ],
    [
      'a distrust of a colleague',
      { value: 'red', distrust: [{ source: 'operator/ann', until: inOneDay }] },
      'expected one of lamp: gw-1/camera, controller',
    ],
    [
      'a distrust twice',
      {
        value: 'red',
        distrust: [
          { source: camera, until: inOneDay },
          { source: camera, until: inOneDay },
        ],
      },
      'stands there twice',
    ],
  ])('with %s is refused', async (_, body, detail) => {
    const answer = await settle(body);
    expect(answer).toMatchObject({ status: 400, body: { title: 'Bad Request' } });
    expect(answer.body['detail']).toContain(detail);
    expect(city.log).toEqual([]);
  });

  it('may be as long as it may', async () => {
    const until = OPENED_MS + DISTRUST_MAX_MS;
    const body = { value: 'red', validForMs: VALID_FOR_MAX_MS, distrust: [{ source: camera, until }] };
    expect(await settle(body)).toMatchObject({ status: 202, body: { distrusted: [camera] } });
    const key = 'k'.repeat(KEY_LENGTH_MAX);
    expect(await settle({ value: 'red', reason: 'x'.repeat(REASON_LENGTH_MAX) }, { key })).toMatchObject({
      status: 202,
    });
  });

  it.each(['', 'a b', 'ä', 'k'.repeat(KEY_LENGTH_MAX + 1)])('takes no key %j', async (key) => {
    const request = { method: 'POST', body: '{"value":"red"}', headers: { 'idempotency-key': encodeURI(key) } };
    if (key === 'ä' || key === 'a b') request.headers = { 'idempotency-key': key === 'ä' ? '\xe4' : key };
    expect(await city.ask(`/reviews/${id}/settle`, request, 'ann')).toMatchObject({ status: 400 });
  });
});

describe('retiring a source', () => {
  it.each(['gw-1%2Fcamera', 'gw-1/camera'])('takes %s out of its twin', async (source) => {
    const path = `/twins/junction/sources/${source}/retire`;
    const answer = await city.ask<{ readingId: string }>(path, { method: 'POST' }, 'ann');
    expect(answer).toMatchObject({ status: 202, body: { assetId: 'junction', source: 'gw-1/camera' } });
    expect(await city.ask(path, { method: 'POST' }, 'ben')).toEqual(answer);
    expect(observations().map(({ kind, source: of, clientId }) => [kind, of, clientId])).toEqual([
      ['retire', 'gw-1/camera', 'operator/ann'],
      ['retire', 'gw-1/camera', 'operator/ben'],
    ]);
    await city.drain();
    expect(await lamp()).toEqual(['green', [], ['controller']]);
    expect(await city.review()).toBeUndefined();
  });

  it('is refused of an authority, whose distrusts it would end', async () => {
    const camera = { source: 'gw-1/camera', until: OPENED_MS + 86_400_000 };
    await settle({ value: 'green', distrust: [camera] });
    await city.drain();
    const path = '/twins/junction/sources/operator%2Fann/retire';
    const answer = await city.ask<{ detail: string }>(path, { method: 'POST' }, 'ben');
    expect([answer.status, answer.body.detail]).toEqual([
      400,
      '"operator/ann" is an authority: settle the review instead',
    ]);
  });

  it('is refused of what is not known', async () => {
    const post = { method: 'POST' };
    expect(await city.ask('/twins/junction/sources/loop/retire', post, 'ann')).toMatchObject({ status: 404 });
    expect(await city.ask('/twins/nowhere/sources/loop/retire', post, 'ann')).toMatchObject({ status: 404 });
    expect(await city.ask('/twins/junction/sources/controller/retire', post)).toMatchObject({ status: 403 });
  });
});
