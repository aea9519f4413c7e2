import { type BatchStatementRequest, type DynamoDBClient, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { StoredTwin, TwinIndex, TwinQuery, TwinStore } from '../../core/ports.ts';
import { isName } from '../../core/schema/names.ts';
import { readAll } from './dynamodb-batch-get.ts';
import { batchStatements } from './dynamodb-batch-statements.ts';
import { decodeCursor, encodeCursor, InvalidCursorError } from './cursor.ts';
import { fromTwinItem, type TwinItem, toTwinItem } from './twin-item.ts';

export function dynamodbTwinStore(dynamodb: DynamoDBClient, tableName: string): TwinStore & TwinIndex {
  const read = async (assetIds: readonly string[]): Promise<Map<string, StoredTwin>> => {
    const items = await readAll(dynamodb, tableName, assetIds, { consistent: true });
    return new Map(items.map((item) => fromTwinItem(item)).map((stored) => [stored.twin.assetId, stored]));
  };
  const run = batchStatements(dynamodb);
  return {
    read,

    async write(twin, expectedVersion) {
      const item = toTwinItem(twin, expectedVersion + 1);
      const error = await run(
        expectedVersion === 0 ? insertion(tableName, item) : replacement(tableName, item, expectedVersion),
      );
      if (!error) return 'written';
      if (error.Code === 'ConditionalCheckFailed' || error.Code === 'DuplicateItem') return 'race-lost';
      // An item above 400 KB or a number beyond 38 digits: the same item is refused as often as it is tried.
      if (error.Code === 'ValidationError') return { refused: error.Message ?? 'DynamoDB gave no reason' };
      throw new Error(`twin ${twin.assetId} not written to ${tableName}: ${error.Code}: ${error.Message}`);
    },

    async list(query) {
      const { keys, next } = await pageOfKeys(dynamodb, tableName, query);
      const twins = await read(keys);
      return {
        twins: keys.flatMap((assetId) => twins.get(assetId) ?? []),
        ...(next ? { cursor: encodeCursor(namesIn(next)) } : {}),
      };
    },
  };
}

/** Fails where a twin stands. */
function insertion(tableName: string, item: TwinItem): BatchStatementRequest {
  const attributes = Object.keys(item).map((name) => `'${name}': ?`);
  return { Statement: `INSERT INTO "${tableName}" VALUE {${attributes.join(', ')}}`, Parameters: Object.values(item) };
}

/** Sets every attribute that a twin has, on the condition that the version is the one read. */
function replacement(tableName: string, { assetId, ...item }: TwinItem, version: number): BatchStatementRequest {
  const assignments = Object.keys(item).map((name) => `SET "${name}"=?`);
  return {
    Statement: `UPDATE "${tableName}" ${assignments.join(' ')} WHERE "assetId"=? AND "version"=?`,
    Parameters: [...Object.values(item), assetId ?? { S: '' }, { N: String(version) }],
  };
}

/** The indexes hold keys only, so a page is listed from them and then read from the table. */
async function pageOfKeys(
  dynamodb: DynamoDBClient,
  tableName: string,
  query: TwinQuery,
): Promise<{ keys: string[]; next?: TwinItem }> {
  const { assetType, zone, limit, cursor } = query;
  const page = {
    TableName: tableName,
    Limit: limit,
    ...(cursor ? { ExclusiveStartKey: startKey(cursor, query) } : {}),
  };
  const { Items: items = [], LastEvaluatedKey: next } = await (assetType
    ? dynamodb.send(new QueryCommand({ ...page, ...byType(assetType, zone) }))
    : zone
      ? dynamodb.send(new QueryCommand({ ...page, ...byZone(zone) }))
      : dynamodb.send(new ScanCommand({ ...page, ProjectionExpression: 'assetId' })));
  return { keys: items.flatMap((item) => item['assetId']?.S ?? []), ...(next ? { next } : {}) };
}

/** The key at which DynamoDB ended a page: it has no other attributes than these, and lies within its query. */
function startKey(cursor: string, { assetType, zone }: TwinQuery): TwinItem {
  const names = assetType ? ['assetId', 'assetType', 'zone'] : zone ? ['assetId', 'zone'] : ['assetId'];
  const fixed: Readonly<Record<string, string | undefined>> = { assetType, zone };
  const given = decodeCursor(cursor);
  const isOurs = ([name, value]: readonly [string, unknown]): boolean =>
    names.includes(name) && typeof value === 'string' && isName(value) && value === (fixed[name] ?? value);
  const entries = Object.entries(given);
  if (entries.length !== names.length || !entries.every(isOurs)) throw new InvalidCursorError(cursor);
  return Object.fromEntries(entries.map(([name, value]) => [name, { S: String(value) }]));
}

function namesIn(key: TwinItem): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(key).map(([name, value]) => [name, value.S]));
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
