import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReviewStore } from '../../../core/ports.ts';
import { reviewIdOf } from '../../../core/reviews/review-id.ts';
import { MAX_AGE_MS, NOW_MS, says } from '../../core/reviews/signals.ts';
import { type ReviewedCity, startReviewedCity } from '../shared/reviewed-city.ts';

let city: ReviewedCity;
beforeAll(async () => {
  city = await startReviewedCity();
});
afterAll(() => city.close());
beforeEach(async () => {
  await city.reset();
});

const KEY = { assetId: 'junction', attribute: 'lamp' };
const DOWN = () => Promise.reject(new Error('reviews are throttled'));
const downStore: ReviewStore = { read: DOWN, watch: DOWN, clear: DOWN };

function lampOf({ attributes }: { attributes: ReadonlyMap<string, { value: unknown; flags: readonly string[] }> }) {
  const { value, flags } = attributes.get('lamp') ?? {};
  return [value, flags];
}

describe('the resolver', () => {
  it('puts the onset of a disagreement behind the twin that has it, and publishes with it', async () => {
    await city.tell([says('camera', 'red', 2000)]);
    expect(await city.review()).toBeUndefined();
    await city.tell([says('controller', 'green', 1000)]);
    expect(await city.review()).toEqual({
      ...KEY,
      id: reviewIdOf(KEY, ['camera', 'controller']),
      sources: ['camera', 'controller'],
      onsetMs: NOW_MS,
      version: 2,
      announced: false,
    });
    const [first, second] = city.deltas();
    expect(first?.evidence).toBeUndefined();
    expect(second?.evidence?.reviews.get('lamp')).toMatchObject({ onsetMs: NOW_MS });
    expect(second && lampOf(second.resolved)).toEqual(['green', ['disagreeing']]);
  });

  it('clears it as soon as they agree, so that a change seen twice leaves nothing', async () => {
    await city.tell([says('camera', 'red', 2000), says('controller', 'green', 1000)]);
    expect(await city.review()).toBeDefined();
    city.clock.nowMs += 1000;
    await city.tell([says('camera', 'green')]);
    expect(await city.review()).toBeUndefined();
    expect(city.deltas().at(-1)?.evidence).toBeUndefined();
  });

  it('keeps the onset while they go on to differ', async () => {
    await city.tell([says('camera', 'red', 2000), says('controller', 'green', 1000)]);
    city.clock.nowMs += 5000;
    await city.tell([says('camera', 'red', -5000), says('loop', 'red', -5000)]);
    expect(await city.review()).toMatchObject({ onsetMs: NOW_MS, version: 2, sources: ['camera', 'controller'] });
  });

  it('puts what a crash behind the write of the twin has left undone, when the batch is tried again', async () => {
    const batch = [says('camera', 'red', 2000), says('controller', 'green', 1000)];
    await city.tell(batch, { reviews: downStore });
    expect(await city.review()).toBeUndefined();
    const { twinsWritten } = await city.tell(batch);
    expect(twinsWritten).toBe(0);
    expect(await city.review()).toMatchObject({ onsetMs: NOW_MS, version: 1 });
  });

  it('undoes nothing by a batch that is tried again late: by then the twin is another', async () => {
    const agreed = [says('camera', 'red', 3000), says('controller', 'red', 3000)];
    await city.tell(agreed);
    await city.tell([says('controller', 'green', 1000)]);
    await city.tell(agreed);
    expect(await city.review()).toMatchObject({ version: 2 });
  });

  it('writes the twin although its review cannot be noted, and says so', async () => {
    const batch = [says('camera', 'red', 2000), says('controller', 'green', 1000)];
    const { response, reviewErrors, twinsWritten } = await city.tell(batch, { reviews: downStore });
    expect([response.batchItemFailures, twinsWritten]).toEqual([[], 1]);
    expect(reviewErrors).toMatchObject([{ assetId: 'junction', error: new Error('reviews are throttled') }]);
    expect(city.deltas().map(({ resolved }) => lampOf(resolved))).toEqual([['green', ['disagreeing']]]);
  });

  it('writes a twin whose evidence cannot be read, and does not publish it: it might not be fail-safe', async () => {
    const lot = says('gate', 3, 0, { assetId: 'lot', assetType: 'Lot', attributes: new Map([['queue', 3]]) });
    const batch = [says('camera', 'red', 2000), says('controller', 'green', 1000), lot];
    const outcome = await city.tell(batch, { evidence: { read: DOWN } });
    expect(outcome).toMatchObject({
      response: { batchItemFailures: [] },
      twinsWritten: 2,
      reviewErrors: [{ assetId: 'junction' }],
      deltasIncomplete: [{ assetId: 'junction', detail: 'not published: its evidence could not be read' }],
    });
    expect(city.deltas().map(({ resolved }) => resolved.assetId)).toEqual(['lot']);
  });

  it('asks for no review of what is not reviewed', async () => {
    const lot = says('gate', 3, 0, { assetId: 'lot', assetType: 'Lot', attributes: new Map([['queue', 3]]) });
    const { reviewErrors } = await city.tell([lot], { evidence: { read: DOWN }, reviews: downStore });
    expect(reviewErrors).toEqual([]);
    expect(city.deltas()).toHaveLength(1);
  });

  it('resolves by an open review until its sources agree, whatever their age', async () => {
    await city.tell([says('camera', 'red', 2000), says('controller', 'green', 1000)]);
    const review = await city.review();
    await city.queue.open(review ?? expect.fail(), NOW_MS);
    city.clock.nowMs += 1000;
    await city.tell([says('controller', 'green', -1000)]);
    expect(lampOf(city.deltas().at(-1)?.resolved ?? expect.fail())).toEqual(['flashing', ['disagreeing', 'fail-safe']]);
    city.clock.nowMs += MAX_AGE_MS;
    await city.tell([says('controller', 'green', -MAX_AGE_MS)]);
    expect(lampOf(city.deltas().at(-1)?.resolved ?? expect.fail())).toEqual(['green', []]);
    expect(await city.review()).toBeUndefined();
  });
});
