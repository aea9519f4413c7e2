import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { ReviewKey, StoredReview } from '../../core/ports.ts';

/**
 * A review as a DynamoDB item, beside which the settlements of the same attribute stand:
 *
 *     { assetId, attribute, id, sources: set, onsetMs, version, openedAtMs?, openId?, announced? }
 *
 * `openId` is the id once more, from its opening on: the key of the index of those that are open.
 */
export type ReviewItem = Record<string, AttributeValue>;

export function keyItem({ assetId, attribute }: ReviewKey): ReviewItem {
  return { assetId: { S: assetId }, attribute: { S: attribute } };
}

/** Throws when the item is no review: nothing but this project writes the table. */
export function fromReviewItem(item: ReviewItem): StoredReview {
  const { openedAtMs, announced } = item;
  return {
    assetId: text(item, 'assetId'),
    attribute: text(item, 'attribute'),
    id: text(item, 'id'),
    sources: (item['sources']?.SS ?? []).toSorted(),
    onsetMs: number(item, 'onsetMs'),
    version: number(item, 'version'),
    ...(openedAtMs && { openedAtMs: number(item, 'openedAtMs') }),
    announced: announced?.BOOL === true,
  };
}

function text(item: ReviewItem, name: string): string {
  return valueOf(item, name, item[name]?.S);
}

function number(item: ReviewItem, name: string): number {
  return Number(valueOf(item, name, item[name]?.N));
}

function valueOf(item: ReviewItem, name: string, value: string | undefined): string {
  if (value === undefined) throw new Error(`review of ${item['assetId']?.S} ${item['attribute']?.S}: no "${name}"`);
  return value;
}
