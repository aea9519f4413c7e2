import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ReviewStore } from '../../core/ports.ts';
import { readItems } from './dynamodb-batch-get.ts';
import { fromReviewItem, keyItem } from './review-item.ts';

/** What is in review, for those that only read it. */
export function dynamodbReviewReader(dynamodb: DynamoDBClient, tableName: string): Pick<ReviewStore, 'read'> {
  return {
    async read(keys) {
      const items = await readItems(dynamodb, tableName, keys.map(keyItem), { consistent: true });
      return items.map(fromReviewItem);
    },
  };
}
