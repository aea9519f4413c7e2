import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { chunks } from './concurrency.ts';

/** BatchGetItem takes at most 100 keys, and answers at most 16 MB; the rest comes back as unprocessed keys. */
const BATCH_GET_MAX = 100;
/** Rounds over unprocessed keys before the read fails. */
export const ROUNDS_MAX = 6;
const BACKOFF_BASE_MS = 25;

type Item = Record<string, AttributeValue>;

/** Reads the items of a table keyed by `assetId`, those that exist, in no particular order. */
export async function readAll(
  dynamodb: DynamoDBClient,
  tableName: string,
  assetIds: readonly string[],
  { consistent }: { consistent: boolean },
): Promise<Item[]> {
  const keys = [...new Set(assetIds)].map((assetId) => ({ assetId: { S: assetId } }));
  return readItems(dynamodb, tableName, keys, { consistent });
}

/** The same of whatever keys a table has; each key once. */
export async function readItems(
  dynamodb: DynamoDBClient,
  tableName: string,
  keys: readonly Item[],
  { consistent }: { consistent: boolean },
): Promise<Item[]> {
  const pages = await Promise.all(
    chunks(keys, BATCH_GET_MAX).map((chunk) => readChunk(dynamodb, tableName, chunk, consistent)),
  );
  return pages.flat();
}

async function readChunk(
  dynamodb: DynamoDBClient,
  tableName: string,
  keys: readonly Item[],
  consistent: boolean,
): Promise<Item[]> {
  const items: Item[] = [];
  let pending = [...keys];
  for (let round = 0; pending.length > 0; round++) {
    if (round === ROUNDS_MAX) {
      throw new Error(`${tableName}: ${pending.length} of ${keys.length} keys unprocessed after ${ROUNDS_MAX} rounds`);
    }
    if (round > 0) await new Promise((resolve) => setTimeout(resolve, BACKOFF_BASE_MS * 2 ** round));
    const { Responses: responses, UnprocessedKeys: unprocessed } = await dynamodb.send(
      new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: pending, ConsistentRead: consistent } } }),
    );
    items.push(...(responses?.[tableName] ?? []));
    pending = unprocessed?.[tableName]?.Keys ?? [];
  }
  return items;
}
