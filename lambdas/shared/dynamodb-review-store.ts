import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { ReviewKey, ReviewStore, StoredReview } from '../../core/ports.ts';
import { clearReview } from './dynamodb-clear-review.ts';
import { unlessRefused } from './dynamodb-condition.ts';
import { dynamodbReviewReader } from './dynamodb-review-reader.ts';
import { fromReviewItem, keyItem } from './review-item.ts';

/** How often an onset is put, when it goes each time between two looks. */
const ROUNDS_MAX = 5;

export function dynamodbReviewStore(dynamodb: DynamoDBClient, tableName: string): ReviewStore {
  const find = async (key: ReviewKey): Promise<StoredReview | undefined> => {
    const { Item: item } = await dynamodb.send(
      new GetItemCommand({ TableName: tableName, Key: keyItem(key), ConsistentRead: true }),
    );
    return item && fromReviewItem(item);
  };

  /** `undefined` where a review stands whose twin was not older. */
  const put = async ({ id, sources, onsetMs, version, ...key }: Onset): Promise<StoredReview | undefined> => {
    const written = dynamodb.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: keyItem(key),
        UpdateExpression:
          'SET #version = :version, id = if_not_exists(id, :id), sources = if_not_exists(sources, :sources), ' +
          'onsetMs = if_not_exists(onsetMs, :onsetMs)',
        ConditionExpression: 'attribute_not_exists(#version) OR #version < :version',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: {
          ':id': { S: id },
          ':sources': { SS: [...sources] },
          ':onsetMs': { N: String(onsetMs) },
          ':version': { N: String(version) },
        },
        ReturnValues: 'ALL_NEW',
      }),
    );
    const { Attributes: item } = await unlessRefused(written);
    return item && fromReviewItem(item);
  };

  return {
    ...dynamodbReviewReader(dynamodb, tableName),

    async watch(onset) {
      for (let round = 0; round < ROUNDS_MAX; round++) {
        const standing = (await put(onset)) ?? (await find(onset));
        if (standing) return standing;
      }
      throw new Error(`review of ${onset.assetId} ${onset.attribute} came and went ${ROUNDS_MAX} times`);
    },

    clear: (key, version) => clearReview(dynamodb, tableName, key, version),
  };
}

type Onset = Parameters<ReviewStore['watch']>[0];
