import type { DeltaPublication, StoredReview } from '../../core/ports.ts';
import { type Say, saysOf } from '../../core/reviews/says.ts';
import type { ResolvedValue } from '../../core/twin/policies/policy.ts';
import type { ResolvedTwin } from '../../core/twin/resolve.ts';
import type { Twin } from '../../core/twin/twin.ts';
import { REVIEWS_TOPIC } from './environment.ts';

/** What subscribers learn of a review that is opened. */
interface ReviewNotice {
  readonly id: string;
  readonly assetId: string;
  readonly assetType: string;
  readonly zone: string;
  readonly attribute: string;
  readonly onsetMs: number;
  readonly openedAtMs: number;
  /** What holds now: the fail-safe value, unless somebody had decided before. */
  readonly value: ResolvedValue | null;
  readonly says: readonly Say[];
}

/** @param review is open */
export function noticeOf(
  { id, attribute, onsetMs, openedAtMs = onsetMs }: StoredReview,
  twin: Twin,
  resolved: ResolvedTwin,
): DeltaPublication {
  const { assetId, assetType, zone } = twin;
  const value = resolved.attributes.get(attribute)?.value ?? null;
  const says = saysOf(twin, attribute);
  const notice: ReviewNotice = { id, assetId, assetType, zone, attribute, onsetMs, openedAtMs, value, says };
  return { topic: `${REVIEWS_TOPIC}${zone}`, payload: Buffer.from(JSON.stringify(notice)) };
}
