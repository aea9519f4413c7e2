import type { EvidenceStore, ReviewStore, StoredTwin } from '../../core/ports.ts';
import { type AttributeAccord, accordsOf } from '../../core/reviews/accord.ts';
import { reviewIdOf } from '../../core/reviews/review-id.ts';
import type { CityConfig } from '../../core/schema/city-config.ts';
import { type Evidence, NO_EVIDENCE } from '../../core/twin/evidence.ts';
import { forEachConcurrently } from './concurrency.ts';
import { assetTypeOf, goesByEvidence } from './evidence-store.ts';

/** Disagreements are few, and each costs a call. */
const REVIEWS_IN_FLIGHT_MAX = 16;

/** A twin and what else it resolves by. */
export interface EvidencedTwin extends StoredTwin {
  readonly evidence?: Evidence;
}

export interface WatchContext {
  readonly city: Pick<CityConfig, 'assetTypes'>;
  readonly evidence: EvidenceStore;
  readonly reviews: ReviewStore;
  readonly nowMs: () => number;
}

export interface WatchedTwins {
  /** Before any evidence was read: when the twins are resolved by it. */
  readonly resolvedAtMs: number;
  readonly known: readonly EvidencedTwin[];
  /** Twins of which nobody could tell what else they resolve by, and why. */
  readonly unknown: readonly StoredTwin[];
  readonly errors: readonly { readonly assetId: string; readonly error: unknown }[];
}

/**
 * Notes who begins to disagree and who agrees again, and gives each twin the evidence that it resolves by. It is asked of
 * every twin of a batch, changed or not: after a crash behind the write of a twin, nothing else would note its onset.
 *
 * Twins are written before and whatever becomes of this. Where the evidence cannot be read, a twin that goes by it is
 * `unknown` and had better not be published: without the review that is open, it would show what one of the sources
 * says instead of the fail-safe value. Where a review cannot be noted, the next reading of its asset does it.
 */
export async function watchReviews(twins: readonly StoredTwin[], context: WatchContext): Promise<WatchedTwins> {
  const { city, evidence, nowMs } = context;
  const resolvedAtMs = nowMs();
  const [dependent, others] = parted(twins, ({ twin }) => goesByEvidence(twin, city));
  if (dependent.length === 0) return { resolvedAtMs, known: twins, unknown: [], errors: [] };
  let found: ReadonlyMap<string, Evidence>;
  try {
    found = await evidence.read(dependent.map(({ twin }) => twin));
  } catch (error) {
    const errors = dependent.map(({ twin: { assetId } }) => ({ assetId, error }));
    return { resolvedAtMs, known: others, unknown: dependent, errors };
  }
  const known: EvidencedTwin[] = [...others];
  const errors: { assetId: string; error: unknown }[] = [];
  await forEachConcurrently(dependent, REVIEWS_IN_FLIGHT_MAX, async (stored) => {
    const { assetId } = stored.twin;
    const before = found.get(assetId);
    try {
      known.push(withEvidence(stored, await noteReviews(stored, before ?? NO_EVIDENCE, context)));
    } catch (error) {
      errors.push({ assetId, error });
      known.push(withEvidence(stored, before));
    }
  });
  return { resolvedAtMs, known, unknown: [], errors };
}

/** Returns the evidence as it is then. */
async function noteReviews(
  { twin, version }: StoredTwin,
  evidence: Evidence,
  { city, reviews: store, nowMs }: WatchContext,
): Promise<Evidence> {
  const type = assetTypeOf(twin.assetType, city);
  const reviews = new Map(evidence.reviews);
  for (const accord of type ? accordsOf(twin, type, nowMs(), evidence) : []) {
    const key = { assetId: twin.assetId, attribute: accord.attribute };
    if (accord.accord === 'disagreeing') {
      const review = await store.watch({ ...key, ...onsetOf(key, accord), onsetMs: nowMs(), version });
      reviews.set(accord.attribute, review);
    } else if (accord.accord === 'agreeing' && reviews.has(accord.attribute)) {
      await store.clear(key, version);
      reviews.delete(accord.attribute);
    }
  }
  return { ...evidence, reviews };
}

function onsetOf(key: { assetId: string; attribute: string }, { voters }: AttributeAccord) {
  return { id: reviewIdOf(key, voters), sources: voters };
}

/** Without an empty one, which a delta would carry for nothing. */
function withEvidence(stored: StoredTwin, evidence: Evidence | undefined): EvidencedTwin {
  const isEmpty = !evidence || evidence.reviews.size + evidence.calibrations.size === 0;
  return isEmpty ? stored : { ...stored, evidence };
}

function parted<Item>(items: readonly Item[], belongs: (item: Item) => boolean): [Item[], Item[]] {
  const [belonging, others]: [Item[], Item[]] = [[], []];
  for (const item of items) (belongs(item) ? belonging : others).push(item);
  return [belonging, others];
}
