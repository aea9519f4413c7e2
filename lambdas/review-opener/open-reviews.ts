import type { EvidenceStore, ReviewQueue, StoredReview, StoredTwin, TwinStore } from '../../core/ports.ts';
import { accordsOf } from '../../core/reviews/accord.ts';
import { nextStepOf } from '../../core/reviews/next-step.ts';
import { type Evidence, NO_EVIDENCE } from '../../core/twin/evidence.ts';
import { attributeTypeOf, resolve } from '../../core/twin/resolve.ts';
import { forEachConcurrently } from '../shared/concurrency.ts';
import { assetTypeOf } from '../shared/evidence-store.ts';
import { type PublishContext, publishDeltas } from '../shared/publish-deltas.ts';
import { noticeOf } from './notice.ts';

const REVIEWS_IN_FLIGHT_MAX = 16;

export interface OpenerContext extends PublishContext {
  readonly queue: ReviewQueue;
  readonly twins: Pick<TwinStore, 'read'>;
  readonly evidence: EvidenceStore;
}

export interface OpenedReviews {
  /** That are open when this ends. */
  open: number;
  opened: number;
  cleared: number;
  readonly errors: { readonly review: StoredReview; readonly error: unknown }[];
}

/**
 * Looks at every review, reads its twin anew, and opens those that have lasted; one whose sources agree by now, such as
 * because one of them has fallen silent, goes. What is open and not yet announced is, so that a crash between the two costs a
 * minute: each is opened once, and announced at least once.
 */
export async function openReviews(context: OpenerContext): Promise<OpenedReviews> {
  const outcome: OpenedReviews = { open: 0, opened: 0, cleared: 0, errors: [] };
  for await (const page of context.queue.pages()) {
    const news = await takeSteps(page, context, outcome);
    if (news.length > 0) await announce(news, context, outcome);
  }
  return outcome;
}

/** Returns those of which nobody has been told yet that they are open. */
async function takeSteps(
  page: readonly StoredReview[],
  { queue, twins, evidence, city, nowMs }: OpenerContext,
  outcome: OpenedReviews,
): Promise<readonly StoredReview[]> {
  const stored = await twins.read(page.map(({ assetId }) => assetId));
  const known = await evidence.read([...stored.values()].map(({ twin }) => twin));
  const news: StoredReview[] = [];
  await forEachConcurrently(page, REVIEWS_IN_FLIGHT_MAX, async (review) => {
    try {
      const step = stepOf(review, stored.get(review.assetId), known.get(review.assetId), city, nowMs());
      if (step === 'clear') {
        await queue.clear(review, stored.get(review.assetId)?.version ?? review.version);
        outcome.cleared += 1;
        return;
      }
      const openedAtMs = nowMs();
      const isOpened = step === 'open' && (await queue.open(review, openedAtMs));
      if (isOpened) outcome.opened += 1;
      const now = isOpened ? { ...review, openedAtMs } : review;
      if (now.openedAtMs === undefined) return;
      outcome.open += 1;
      if (!now.announced) news.push(now);
    } catch (error) {
      outcome.errors.push({ review, error });
    }
  });
  return news;
}

/** A review of what the configuration no longer has reviewed goes, and one of a twin that is gone. */
function stepOf(
  review: StoredReview,
  stored: StoredTwin | undefined,
  evidence: Evidence = NO_EVIDENCE,
  city: OpenerContext['city'],
  nowMs: number,
): ReturnType<typeof nextStepOf> {
  const type = stored && assetTypeOf(stored.twin.assetType, city);
  const { disagreeMaxMs } = attributeTypeOf(type, review.attribute) ?? {};
  if (!stored || !type || disagreeMaxMs === undefined) return 'clear';
  const accords = accordsOf(stored.twin, type, nowMs, evidence);
  const accord = accords.find(({ attribute }) => attribute === review.attribute);
  return accord ? nextStepOf(review, accord.accord, disagreeMaxMs, nowMs) : 'clear';
}

/**
 * Publishes the twins again, then the notices. The twins are read once more, because whoever has written a later version
 * meanwhile may have looked for reviews before this one was open; whoever writes one from now on finds it.
 */
async function announce(
  reviews: readonly StoredReview[],
  { queue, twins, evidence, ...context }: OpenerContext,
  { errors }: OpenedReviews,
): Promise<void> {
  const stored = await twins.read(reviews.map(({ assetId }) => assetId));
  const resolvedAtMs = context.nowMs();
  const known = await evidence.read([...stored.values()].map(({ twin }) => twin));
  const evidenced = [...stored.values()].map((twin) => {
    return { ...twin, evidence: known.get(twin.twin.assetId) ?? NO_EVIDENCE };
  });
  const published = await publishDeltas(evidenced, context, resolvedAtMs);
  const failures = new Map(published.failed.flatMap(({ assetIds, error }) => assetIds.map((id) => [id, error])));
  await forEachConcurrently(reviews, REVIEWS_IN_FLIGHT_MAX, async (review) => {
    const { twin } = stored.get(review.assetId) ?? {};
    try {
      if (!twin) return;
      const type = assetTypeOf(twin.assetType, context.city);
      await context.deltas.publish(noticeOf(review, twin, resolve(twin, type, resolvedAtMs, known.get(twin.assetId))));
      if (failures.has(twin.assetId)) throw failures.get(twin.assetId);
      await queue.announced(review);
    } catch (error) {
      errors.push({ review, error });
    }
  });
}
