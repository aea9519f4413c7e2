import { type DynamoDBClient, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { ReviewQueue, StoredReview } from '../../core/ports.ts';
import { clearReview } from './dynamodb-clear-review.ts';
import { unlessRefused } from './dynamodb-condition.ts';
import { fromReviewItem, keyItem, type ReviewItem } from './review-item.ts';

/**
 * The table holds no more than what disagrees just now, and the settlements of some weeks: to look through all of it takes
 * less than an index would that every onset had to be written into.
 */
export function dynamodbReviewQueue(dynamodb: DynamoDBClient, tableName: string): ReviewQueue {
  /** Sets attributes that are not set yet, of the same review and not of one that has come after it. */
  const mark = async (review: StoredReview, marks: ReviewItem): Promise<boolean> => {
    const { assetId, attribute, id, onsetMs } = review;
    const names = Object.keys(marks);
    const updated = dynamodb.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: keyItem({ assetId, attribute }),
        UpdateExpression: `SET ${names.map((name) => `${name} = :${name}`).join(', ')}`,
        ConditionExpression: `id = :id AND onsetMs = :onsetMs AND attribute_not_exists(${names[0]})`,
        ExpressionAttributeValues: {
          ':id': { S: id },
          ':onsetMs': { N: String(onsetMs) },
          ...Object.fromEntries(names.map((name) => [`:${name}`, marks[name] ?? { NULL: true }])),
        },
        ReturnValues: 'UPDATED_NEW',
      }),
    );
    return (await unlessRefused(updated)).Attributes !== undefined;
  };

  return {
    async *pages() {
      let startKey: ReviewItem | undefined;
      do {
        const { Items: items = [], LastEvaluatedKey: next } = await dynamodb.send(
          new ScanCommand({
            TableName: tableName,
            // A settlement has no onset.
            FilterExpression: 'attribute_exists(onsetMs)',
            ...(startKey ? { ExclusiveStartKey: startKey } : {}),
          }),
        );
        yield items.map(fromReviewItem);
        startKey = next;
      } while (startKey);
    },

    open: (review, openedAtMs) => mark(review, { openedAtMs: { N: String(openedAtMs) }, openId: { S: review.id } }),

    announced: async (review) => {
      await mark(review, { announced: { BOOL: true } });
    },

    clear: (key, version) => clearReview(dynamodb, tableName, key, version),
  };
}
