import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenReviews, ReviewQueue, ReviewStore, StoredReview } from '../../../core/ports.ts';
import { InvalidCursorError, encodeCursor } from '../../../lambdas/shared/cursor.ts';
import { dynamodbOpenReviews } from '../../../lambdas/shared/dynamodb-open-reviews.ts';
import { dynamodbReviewQueue } from '../../../lambdas/shared/dynamodb-review-queue.ts';
import { dynamodbReviewStore } from '../../../lambdas/shared/dynamodb-review-store.ts';
import { REVIEWS_TABLE, startTables, type Tables } from './tables.ts';

const NOW_MS = 1_795_248_000_000;
let tables: Tables;
let store: ReviewStore;
let queue: ReviewQueue;
let open: OpenReviews;
let assets = 0;

beforeAll(async () => {
  tables = await startTables();
  await tables.create({ TableName: 'reviews', ...REVIEWS_TABLE });
  store = dynamodbReviewStore(tables.client, 'reviews');
  queue = dynamodbReviewQueue(tables.client, 'reviews');
  open = dynamodbOpenReviews(tables.client, { tableName: 'reviews', settlementDays: 30, nowMs: () => NOW_MS });
});
afterAll(() => tables.close());

/** An onset of a junction of its own. */
function onsetOf(given: Partial<StoredReview> = {}) {
  assets += 1;
  const assetId = `junction-${assets}`;
  return {
    assetId,
    attribute: 'lamp',
    id: `id-${assetId}`,
    sources: ['a', 'b'],
    onsetMs: NOW_MS,
    version: 5,
    ...given,
  };
}

async function all(): Promise<readonly StoredReview[]> {
  const found: StoredReview[] = [];
  for await (const page of queue.pages()) found.push(...page);
  return found;
}

describe('an onset', () => {
  it('is put once, and read by its asset and attribute', async () => {
    const onset = onsetOf();
    const review = { ...onset, announced: false };
    expect(await store.watch(onset)).toEqual(review);
    expect(await store.watch({ ...onset, id: 'other', sources: ['c', 'd'], onsetMs: NOW_MS + 9 })).toEqual(review);
    expect(await store.read([onset, onsetOf()])).toEqual([review]);
  });

  it('remembers the latest twin that disagreed, and nothing else of it', async () => {
    const onset = onsetOf();
    await store.watch(onset);
    const later = { ...onset, id: 'other', onsetMs: NOW_MS + 9, version: 6 };
    expect(await store.watch(later)).toEqual({ ...onset, version: 6, announced: false });
    expect(await store.watch({ ...onset, version: 4 })).toMatchObject({ version: 6 });
  });

  it('goes when a twin agrees, unless a later one has been seen to disagree', async () => {
    const onset = onsetOf();
    await store.watch(onset);
    await store.clear(onset, 4);
    expect(await store.read([onset])).toHaveLength(1);
    await store.clear(onset, 5);
    expect(await store.read([onset])).toEqual([]);
    await store.clear(onset, 6);
  });

  it('is read of more attributes than one call takes', async () => {
    const onsets = Array.from({ length: 101 }, () => onsetOf());
    await Promise.all(onsets.map((onset) => store.watch(onset)));
    expect(await store.read(onsets)).toHaveLength(101);
  });
});

describe('opening a review', () => {
  it('is for one of those who try', async () => {
    const review = await store.watch(onsetOf());
    const outcomes = await Promise.all([1, 2, 3].map((later) => queue.open(review, NOW_MS + later)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await store.read([review])).toMatchObject([{ openedAtMs: NOW_MS + outcomes.indexOf(true) + 1 }]);
  });

  it('does not open one that is gone, or has come anew', async () => {
    const review = await store.watch(onsetOf());
    await store.clear(review, 5);
    expect(await queue.open(review, NOW_MS)).toBe(false);
    const again = await store.watch({ ...review, onsetMs: NOW_MS + 9 });
    expect(await queue.open(review, NOW_MS)).toBe(false);
    await queue.announced(review);
    expect(await store.read([again])).toEqual([again]);
  });

  it('is remembered as announced, and by no later twin forgotten', async () => {
    const review = await store.watch(onsetOf());
    await queue.open(review, NOW_MS + 1);
    await queue.announced(review);
    const standing = { ...review, openedAtMs: NOW_MS + 1, announced: true };
    expect(await all()).toContainEqual(standing);
    const { announced: _, ...onset } = review;
    expect(await store.watch({ ...onset, version: 9 })).toEqual({ ...standing, version: 9 });
  });
});

describe('what is open', () => {
  it('is listed in pages, and found by its id', async () => {
    const reviews = await Promise.all([1, 2, 3].map(() => store.watch(onsetOf())));
    const watched = await store.watch(onsetOf());
    for (const review of reviews) await queue.open(review, NOW_MS);
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await open.list({ limit: 2, ...(cursor !== undefined && { cursor }) });
      ids.push(...page.reviews.map(({ id }) => id));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(ids).toEqual(expect.arrayContaining(reviews.map(({ id }) => id)));
    expect(ids).not.toContain(watched.id);
    const [first] = reviews;
    expect(await open.find(first?.id ?? '')).toMatchObject({ assetId: first?.assetId, openedAtMs: NOW_MS });
    expect(await open.find(watched.id)).toBe('unknown');
  });

  it.each([
    ['of another list', { assetId: 'a' }],
    ['with a key more', { assetId: 'a', attribute: 'b', openId: 'c', zone: 'd' }],
    ['with a number', { assetId: 'a', attribute: 'b', openId: 1 }],
    ['with what is no name', { assetId: 'a', attribute: 'b/c', openId: 'd' }],
  ])('takes no cursor %s', async (_, position) => {
    await expect(open.list({ limit: 1, cursor: encodeCursor(position) })).rejects.toThrow(InvalidCursorError);
  });
});

describe('what an authority says', () => {
  const settlement = { authority: 'operator/ann', key: 'k-1', request: '{"value":1}', record: Uint8Array.of(1, 2) };

  it('is kept once a key, a review and an authority', async () => {
    const review = await store.watch(onsetOf());
    expect(await open.keep(review, settlement)).toEqual(settlement);
    const other = { ...settlement, request: '{"value":2}', record: Uint8Array.of(3) };
    expect(await open.keep(review, other)).toEqual(settlement);
    expect(await open.keep(review, { ...other, key: 'k-2' })).toMatchObject({ request: '{"value":2}' });
    expect(await open.keep(review, { ...other, authority: 'operator/ben' })).toMatchObject({ request: '{"value":2}' });
    expect(await open.keep({ ...review, onsetMs: 1 }, other)).toMatchObject({ request: '{"value":2}' });
  });

  it('is no review', async () => {
    const review = await store.watch(onsetOf());
    await open.keep(review, settlement);
    expect((await all()).filter(({ assetId }) => assetId === review.assetId)).toEqual([review]);
  });
});
