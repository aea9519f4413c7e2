import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import type { StoredTwin, TwinIndex, TwinQuery, TwinStore } from '../../core/ports.ts';
import { readAll } from './dynamodb-batch-get.ts';
import { decodeCursor, encodeCursor, InvalidCursorError } from './cursor.ts';
import { fromTwinItem, type TwinItem, toTwinItem } from './twin-item.ts';

export function dynamodbTwinStore(dynamodb: DynamoDBClient, tableName: string): TwinStore & TwinIndex {
  const read = async (assetIds: readonly string[]): Promise<Map<string, StoredTwin>> => {
    const items = await readAll(dynamodb, tableName, assetIds, { consistent: true });
    return new Map(items.map((item) => fromTwinItem(item)).map((stored) => [stored.twin.assetId, stored]));
  };
  return {
    read,

    async write(twin, expectedVersion) {
      try {
        await dynamodb.send(
          new PutItemCommand({
            TableName: tableName,
            Item: toTwinItem(twin, expectedVersion + 1),
            ...(expectedVersion === 0
              ? { ConditionExpression: 'attribute_not_exists(assetId)' }
              : {
                  ConditionExpression: 'version = :expected',
                  ExpressionAttributeValues: { ':expected': { N: String(expectedVersion) } },
                }),
          }),
        );
        return 'written';
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return 'race-lost';
        throw error;
      }
    },

    async list(query) {
      const { keys, next } = await pageOfKeys(dynamodb, tableName, query);
      const twins = await read(keys);
      return {
        twins: keys.flatMap((assetId) => twins.get(assetId) ?? []),
        ...(next ? { cursor: encodeCursor(next) } : {}),
      };
    },
  };
}

/** The indexes hold keys only, so a page is listed from them and then read from the table. */
async function pageOfKeys(
  dynamodb: DynamoDBClient,
  tableName: string,
  { assetType, zone, limit, cursor }: TwinQuery,
): Promise<{ keys: string[]; next?: TwinItem }> {
  const page = {
    TableName: tableName,
    Limit: limit,
    ...(cursor ? { ExclusiveStartKey: decodeCursor<TwinItem>(cursor) } : {}),
  };
  const { Items: items = [], LastEvaluatedKey: next } = await (assetType
    ? dynamodb.send(new QueryCommand({ ...page, ...byType(assetType, zone) }))
    : zone
      ? dynamodb.send(new QueryCommand({ ...page, ...byZone(zone) }))
      : dynamodb.send(new ScanCommand({ ...page, ProjectionExpression: 'assetId' }))
  ).catch((error: unknown) => {
    // The one thing in the request that a caller can forge is where the page starts.
    if (cursor && error instanceof Error && error.name === 'ValidationException') throw new InvalidCursorError(cursor);
    throw error;
  });
  return { keys: items.flatMap((item) => item['assetId']?.S ?? []), ...(next ? { next } : {}) };
}

function byType(assetType: string, zone: string | undefined) {
  return zone
    ? {
        IndexName: 'byType',
        KeyConditionExpression: 'assetType = :type AND #zone = :zone',
        ExpressionAttributeNames: { '#zone': 'zone' },
        ExpressionAttributeValues: { ':type': { S: assetType }, ':zone': { S: zone } },
      }
    : {
        IndexName: 'byType',
        KeyConditionExpression: 'assetType = :type',
        ExpressionAttributeValues: { ':type': { S: assetType } },
      };
}

function byZone(zone: string) {
  return {
    IndexName: 'byZone',
    KeyConditionExpression: '#zone = :zone',
    ExpressionAttributeNames: { '#zone': 'zone' },
    ExpressionAttributeValues: { ':zone': { S: zone } },
  };
}
