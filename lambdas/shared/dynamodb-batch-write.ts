import { type AttributeValue, BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { chunks, forEachConcurrently } from './concurrency.ts';

/** BatchWriteItem takes at most 25 items, and 16 MB: 25 items of 400 KB are 10 MB. */
export const BATCH_WRITE_MAX = 25;
const REQUESTS_IN_FLIGHT_MAX = 8;
/** Rounds over unprocessed items before the write fails. */
export const ROUNDS_MAX = 6;
const BACKOFF_BASE_MS = 25;

type Item = Record<string, AttributeValue>;

/** Puts items of different keys, replacing what is there. Throws when DynamoDB has not taken all of them. */
export async function writeAll(dynamodb: DynamoDBClient, tableName: string, items: readonly Item[]): Promise<void> {
  await forEachConcurrently(chunks(items, BATCH_WRITE_MAX), REQUESTS_IN_FLIGHT_MAX, (chunk) =>
    writeChunk(dynamodb, tableName, chunk),
  );
}

async function writeChunk(dynamodb: DynamoDBClient, tableName: string, items: readonly Item[]): Promise<void> {
  let pending = items.map((Item) => ({ PutRequest: { Item } }));
  for (let round = 0; pending.length > 0; round++) {
    if (round === ROUNDS_MAX) {
      throw new Error(
        `${tableName}: ${pending.length} of ${items.length} items unprocessed after ${ROUNDS_MAX} rounds`,
      );
    }
    if (round > 0) await new Promise((resolve) => setTimeout(resolve, BACKOFF_BASE_MS * 2 ** round));
    const { UnprocessedItems: unprocessed = {} } = await dynamodb.send(
      new BatchWriteItemCommand({ RequestItems: { [tableName]: pending } }),
    );
    pending = (unprocessed[tableName] ?? []).flatMap(({ PutRequest: put }) =>
      put?.Item ? [{ PutRequest: { Item: put.Item } }] : [],
    );
  }
}
