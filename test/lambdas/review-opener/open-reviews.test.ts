import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createView } from '../../../core/delta/view.ts';
import type { StoredReview } from '../../../core/ports.ts';
import { CITY, DISAGREE_MAX_MS, MAX_AGE_MS, NOW_MS, says } from '../../core/reviews/signals.ts';
import { type ReviewedCity, startReviewedCity } from '../shared/reviewed-city.ts';

let city: ReviewedCity;
beforeAll(async () => {
  city = await startReviewedCity();
});
afterAll(() => city.close());
beforeEach(async () => {
  await city.reset();
  await city.tell([says('camera', 'red', 2000), says('controller', 'green', 1000)]);
  city.published.splice(0);
});

function notices() {
  return city.published
    .filter(({ topic }) => topic.startsWith('reviews/'))
    .map(({ topic, payload }) => [topic, JSON.parse(Buffer.from(payload).toString()) as unknown]);
}

/** So long after the onset, the sources still saying what they said. */
async function after(ms: number): Promise<void> {
  city.clock.nowMs = NOW_MS + ms;
  await city.tell([says('camera', 'red', 500 - ms), says('controller', 'green', 400 - ms)]);
  city.published.splice(0);
}

describe('the opener', () => {
  it('leaves alone what has not lasted', async () => {
    await after(DISAGREE_MAX_MS);
    expect(await city.openReviews()).toEqual({ open: 0, opened: 0, cleared: 0, errors: [] });
    expect(city.published).toEqual([]);
    expect(await city.review()).not.toHaveProperty('openedAtMs');
  });

  it('opens what has, tells of it, and publishes the same twin once more', async () => {
    await after(DISAGREE_MAX_MS + 1);
    expect(await city.openReviews()).toEqual({ open: 1, opened: 1, cleared: 0, errors: [] });
    const review = await city.review();
    expect(review).toMatchObject({ openedAtMs: NOW_MS + DISAGREE_MAX_MS + 1, announced: true });
    expect(notices()).toEqual([
      [
        'reviews/north',
        {
          id: review?.id,
          assetId: 'junction',
          assetType: 'Signal',
          zone: 'north',
          attribute: 'lamp',
          onsetMs: NOW_MS,
          openedAtMs: NOW_MS + DISAGREE_MAX_MS + 1,
          value: 'flashing',
          says: [
            { source: 'controller', value: 'green', observedAtMs: NOW_MS + DISAGREE_MAX_MS + 1 - 400 },
            { source: 'camera', value: 'red', observedAtMs: NOW_MS + DISAGREE_MAX_MS + 1 - 500 },
          ],
        },
      ],
    ]);
    const [delta, ...others] = city.deltas();
    expect(others).toEqual([]);
    expect(delta).toMatchObject({ version: 2, resolved: { resolvedAtMs: NOW_MS + DISAGREE_MAX_MS + 1 } });
    expect(delta?.resolved.attributes.get('lamp')).toMatchObject({
      value: 'flashing',
      quality: 'uncertain',
      flags: ['disagreeing', 'fail-safe'],
    });
  });

  it('does it once', async () => {
    await after(DISAGREE_MAX_MS + 1);
    const runs = await Promise.all([city.openReviews(), city.openReviews()]);
    expect(runs.reduce((sum, { opened }) => sum + opened, 0)).toBe(1);
    city.published.splice(0);
    expect(await city.openReviews()).toEqual({ open: 1, opened: 0, cleared: 0, errors: [] });
    expect(city.published).toEqual([]);
  });

  it.each([/^reviews/, /^twin/])('tells of it by its next run, where the broker did not take %s', async (topics) => {
    await after(DISAGREE_MAX_MS + 1);
    city.refuse(topics);
    expect(await city.openReviews()).toMatchObject({ open: 1, opened: 1, errors: [{ review: { attribute: 'lamp' } }] });
    city.refuse(undefined);
    city.published.splice(0);
    city.clock.nowMs += 60_000;
    await after(DISAGREE_MAX_MS + 60_000);
    expect(await city.openReviews()).toMatchObject({ open: 1, opened: 0, errors: [] });
    expect(notices()).toHaveLength(1);
    expect(city.deltas()).toHaveLength(1);
  });

  it('is published over who wrote meanwhile and had not seen it open', async () => {
    await after(DISAGREE_MAX_MS + 1);
    const later = [says('camera', 'red', -DISAGREE_MAX_MS - 1)];
    const overtaken = {
      ...city.queue,
      open: async (review: StoredReview, openedAtMs: number) => {
        await city.tell(later);
        city.clock.nowMs += 1;
        return city.queue.open(review, openedAtMs);
      },
    };
    expect(await city.openReviews({ queue: overtaken })).toMatchObject({ opened: 1 });
    const view = createView({}, CITY);
    for (const delta of city.deltas().toReversed()) view.apply(delta);
    expect(view.twins().get('junction')).toMatchObject({ version: 3, attributes: { lamp: { value: 'flashing' } } });
  });

  it('lets go what nobody is left to dispute', async () => {
    city.clock.nowMs = NOW_MS + MAX_AGE_MS + 1;
    expect(await city.openReviews()).toEqual({ open: 0, opened: 0, cleared: 1, errors: [] });
    expect(await city.review()).toBeUndefined();
  });

  it('keeps what is open, because silence is no agreement', async () => {
    await after(DISAGREE_MAX_MS + 1);
    await city.openReviews();
    city.clock.nowMs = NOW_MS + MAX_AGE_MS + 1;
    expect(await city.openReviews()).toEqual({ open: 1, opened: 0, cleared: 0, errors: [] });
    expect(await city.review()).toMatchObject({ openedAtMs: expect.any(Number) });
  });

  it('lets go what was left behind by a resolver that came too late', async () => {
    await city.tell([says('camera', 'green', 500)]);
    expect(await city.review()).toBeUndefined();
    await city.reviews.watch({
      assetId: 'junction',
      attribute: 'lamp',
      id: 'stray',
      sources: ['camera'],
      onsetMs: NOW_MS,
      version: 1,
    });
    expect(await city.openReviews()).toMatchObject({ cleared: 1 });
    expect(await city.review()).toBeUndefined();
  });

  it('lets go what the configuration no longer reviews', async () => {
    const stray = { assetId: 'junction', attribute: 'queue', id: 'stray', sources: ['a'], onsetMs: NOW_MS, version: 1 };
    expect(CITY.assetTypes['Signal']?.attributes['queue']?.policy).toBe('max');
    await city.reviews.watch(stray);
    await city.reviews.watch({ ...stray, assetId: 'nowhere' });
    expect(await city.openReviews()).toMatchObject({ cleared: 2 });
  });

  it('waits while a decision holds', async () => {
    await after(DISAGREE_MAX_MS + 1);
    await city.openReviews();
    const settle = { method: 'POST', body: '{"value":"red"}', headers: { 'idempotency-key': 'k' } };
    const { id } = (await city.review()) ?? expect.fail();
    expect(await city.ask(`/reviews/${id}/settle`, settle, 'ann')).toMatchObject({ status: 202 });
    await city.drain();
    city.clock.nowMs += 60_000;
    expect(await city.openReviews()).toEqual({ open: 1, opened: 0, cleared: 0, errors: [] });
  });
});
