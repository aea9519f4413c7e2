import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { StoredTwin } from '../../core/ports.ts';
import { fromTwinItem, type TwinItem } from './twin-item.ts';

/**
 * All twins of a table in pages of up to 1 MB, which is what DynamoDB gives at once, or of one of several segments that
 * may be read side by side. Eventually consistent unless asked otherwise, which costs half. Throws when DynamoDB does not
 * answer.
 */
export async function* scanTwins(
  dynamodb: DynamoDBClient,
  tableName: string,
  { segment = 0, segments = 1, consistent = false } = {},
): AsyncGenerator<readonly StoredTwin[]> {
  let startKey: TwinItem | undefined;
  do {
    const { Items: items = [], LastEvaluatedKey: next } = await dynamodb.send(
      new ScanCommand({
        TableName: tableName,
        Segment: segment,
        TotalSegments: segments,
        ConsistentRead: consistent,
        ...(startKey ? { ExclusiveStartKey: startKey } : {}),
      }),
    );
    yield items.map((item) => fromTwinItem(item));
    startKey = next;
  } while (startKey);
}
