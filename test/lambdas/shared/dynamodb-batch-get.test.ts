import { BatchGetItemCommand, type BatchGetItemCommandInput, BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAll } from '../../../lambdas/shared/dynamodb-batch-get.ts';
import { startTables, type Tables } from './tables.ts';

const TABLE = 'keys';
let tables: Tables;
/** How many keys each request asked for. */
const asked: number[] = [];

beforeAll(async () => {
  tables = await startTables();
  await tables.create({
    TableName: TABLE,
    AttributeDefinitions: [{ AttributeName: 'assetId', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'assetId', KeyType: 'HASH' }],
  });
  for (let start = 0; start < 200; start += 25) {
    const puts = keys(25, start).map((assetId) => ({ PutRequest: { Item: { assetId: { S: assetId } } } }));
    await tables.client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: puts } }));
  }
  tables.client.middlewareStack.add(
    (next, { commandName }) =>
      (request) => {
        if (commandName === BatchGetItemCommand.name) asked.push(keysIn(request.input as BatchGetItemCommandInput));
        return next(request);
      },
    { step: 'initialize' },
  );
});
afterAll(() => tables.close());

function keys(count: number, start = 0): string[] {
  return Array.from({ length: count }, (_, index) => `asset-${start + index}`);
}

function keysIn({ RequestItems: requests = {} }: BatchGetItemCommandInput): number {
  return requests[TABLE]?.Keys?.length ?? 0;
}

describe('readAll', () => {
  it.each([
    [0, []],
    [100, [100]],
    [101, [100, 1]],
    [200, [100, 100]],
  ])('reads %d items in requests of at most 100 keys: %j', async (count, requests) => {
    asked.length = 0;
    const items = await readAll(tables.client, TABLE, keys(count), { consistent: true });
    expect(new Set(items.map((item) => item['assetId']?.S))).toEqual(new Set(keys(count)));
    expect(asked).toEqual(requests);
  });

  it('asks for a key once, however often it is named', async () => {
    asked.length = 0;
    const items = await readAll(tables.client, TABLE, ['asset-1', 'asset-1', 'nobody'], { consistent: false });
    expect(items).toEqual([{ assetId: { S: 'asset-1' } }]);
    expect(asked).toEqual([2]);
  });
});
