import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deltaOf, merge } from '../../../core/twin/join.ts';
import { stampOf } from '../../../core/twin/stamp.ts';
import { countFitting, PAGE_BYTES_MAX } from '../../../lambdas/api/page-bytes.ts';
import { observationOf } from '../../core/twin/arbitraries.ts';
import { type OpenApi, openApi, REQUEST_BYTES_MAX } from './open-api.ts';

const START_MS = Date.UTC(2026, 10, 21, 8);
let api: OpenApi;

beforeAll(async () => {
  api = await openApi();
  const lamp = { assetId: 'lamp-1', assetType: 'Streetlight', zone: 'centre', observedAtMs: START_MS };
  await api.twins.write(
    deltaOf(observationOf({ ...lamp, stamp: stampOf(START_MS, 1), attributes: new Map([['illuminanceLevel', 0.5]]) })),
    0,
  );
});
afterAll(() => api?.close());

describe('an answer', () => {
  it('has the twin with its version', async () => {
    const { status, json } = await api.get('/v1/twins/lamp-1');
    expect(status).toBe(200);
    expect(json()).toMatchObject({
      assetId: 'lamp-1',
      version: 1,
      attributes: { illuminanceLevel: { value: 0.5, observedAt: '2026-11-21T08:00:00.000Z' } },
    });
  });

  it.each([
    ['/v1/twins/nobody', 404, 'no twin "nobody": nothing has been reported about it yet'],
    ['/v1/twins/no%20name', 400, 'assetId: got "no name"'],
    ['/v1/twins/__proto__', 400, 'assetId: got "__proto__"'],
    ['/v1/twins/lamp-1/explain?attribute=wings', 404, '"lamp-1" has no attribute "wings"; it has illuminanceLevel'],
    ['/v1/twins?type=Spaceport', 400, 'type: got "Spaceport"'],
    ['/v1/twins?zone=moon', 400, 'zone: got "moon"'],
    ['/v1/twins?limit=101', 400, 'limit: got "101", expected a whole number from 1 to 100'],
    ['/v1/twins/lamp-1/history', 400, 'attribute: missing'],
    ['/v1/twins/lamp-1/history?attribute=constructor', 400, 'attribute: got "constructor"'],
    ['/v1/twins/lamp-1/history?attribute=illuminanceLevel&from=9&to=9', 400, 'from: got "9"'],
    ['/v1/twins/lamp-1/history?attribute=illuminanceLevel&source=a/b/c', 400, 'source: got "a/b/c"'],
    ['/v1/rejects?reason=boredom', 400, 'reason: got "boredom"'],
    ['/v1/rejects?from=10000000000000', 400, 'from: got "10000000000000"'],
    ['/v1/nothing', 404, 'no route GET /v1/nothing'],
    ['/elsewhere', 404, 'no route GET /elsewhere'],
  ])('to %s is %i and a problem that says why', async (path, status, detail) => {
    const answer = await api.get(path);
    expect(answer.contentType).toBe('application/problem+json');
    const body = answer.json<{ status: number; detail: string }>();
    expect([answer.status, body.status]).toEqual([status, status]);
    expect(body.detail).toContain(detail);
    expect(api.failures).toEqual([]);
  });
});

describe('a body', () => {
  it.each([
    [REQUEST_BYTES_MAX, 404],
    [REQUEST_BYTES_MAX + 1, 413],
  ])('of %i bytes is answered with %i', async (bytes, status) => {
    const answer = await api.send('/v1/nothing', { method: 'POST', body: 'x'.repeat(bytes) });
    expect(answer.status).toBe(status);
    expect(answer.contentType).toBe('application/problem+json');
  });
});

describe('a page', () => {
  /** An item whose JSON is so many bytes long. */
  const itemOf = (bytes: number): object => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) });

  it('ends before the item that would make it too large', () => {
    const half = PAGE_BYTES_MAX / 2 - 1;
    expect(countFitting([itemOf(half), itemOf(half)])).toBe(2);
    expect(countFitting([itemOf(half), itemOf(half + 1)])).toBe(1);
    expect(countFitting([itemOf(half), itemOf(half), itemOf(9)])).toBe(2);
    expect(countFitting([itemOf(PAGE_BYTES_MAX * 2), itemOf(9)])).toBe(1);
    expect(countFitting([])).toBe(0);
  });

  it('of huge twins fits what Lambda may answer, and its cursor leads to the rest', { timeout: 120_000 }, async () => {
    const ids = Array.from({ length: 16 }, (_, index) => `huge-${index}`);
    for (const assetId of ids) await api.twins.write(hugeTwin(assetId), 0);
    const seen: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const { status, text, json } = await api.get(
        `/v1/twins?zone=edgbaston&limit=100${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      expect(status).toBe(200);
      // As Lambda sends it: the body as a string within JSON, 6 MB in all.
      expect(Buffer.byteLength(JSON.stringify({ statusCode: status, body: text }))).toBeLessThan(6 * 1024 * 1024);
      const page: { twins: readonly { assetId: string }[]; cursor: string | null } = json();
      seen.push(...page.twins.map(({ assetId }) => assetId));
      cursor = page.cursor;
      pages++;
    } while (cursor !== null);
    expect(seen.toSorted()).toEqual(ids.toSorted());
    expect(pages).toBeGreaterThan(1);
  });

  it('of one such twin, whole and explained, fits as well', async () => {
    for (const path of ['/v1/twins/huge-0', '/v1/twins/huge-0/explain']) {
      const { status, text } = await api.get(path);
      expect(status).toBe(200);
      expect(Buffer.byteLength(JSON.stringify({ statusCode: status, body: text }))).toBeLessThan(6 * 1024 * 1024);
    }
  });
});

/** Close to the 400 KB that a DynamoDB item may have: short names, so that as many sources as can be fit in. */
function hugeTwin(assetId: string) {
  const twin = { assetId, assetType: 'WeatherObserved', zone: 'edgbaston', observedAtMs: START_MS };
  const observations = Array.from({ length: 8000 }, (_, index) =>
    observationOf({
      ...twin,
      source: `s${index}`,
      stamp: stampOf(START_MS, index),
      attributes: new Map([['temperature', index / 100]]),
    }),
  );
  const [first = observationOf(twin)] = observations;
  return merge(deltaOf(first), observations).twin;
}
