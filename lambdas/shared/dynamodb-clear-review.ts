import { DeleteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ReviewKey } from '../../core/ports.ts';
import { unlessRefused } from './dynamodb-condition.ts';
import { keyItem } from './review-item.ts';

/** See `ReviewStore.clear`. */
export async function clearReview(
  dynamodb: DynamoDBClient,
  tableName: string,
  key: ReviewKey,
  version: number,
): Promise<void> {
  const deleted = dynamodb.send(
    new DeleteItemCommand({
      TableName: tableName,
      Key: keyItem(key),
      ConditionExpression: '#version <= :version',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':version': { N: String(version) } },
    }),
  );
  await unlessRefused(deleted);
}
