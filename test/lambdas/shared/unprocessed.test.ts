/** What DynamoDB leaves undone of a batch is done in further rounds, up to a number of them. */
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ROUNDS_MAX as READ_ROUNDS_MAX, readAll } from '../../../lambdas/shared/dynamodb-batch-get.ts';
import { BATCH_WRITE_MAX, ROUNDS_MAX, writeAll } from '../../../lambdas/shared/dynamodb-batch-write.ts';
import { startTables, type Tables } from './tables.ts';

const TABLE = 'items';
let tables: Tables;
let client: DynamoDBClient | undefined;

beforeAll(async () => {
  tables = await startTables();
  await tables.create({
    TableName: TABLE,
    AttributeDefinitions: [{ AttributeName: 'assetId', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'assetId', KeyType: 'HASH' }],
  });
});
afterEach(() => client?.destroy());
afterAll(() => tables.close());

/** Of a batch to write, or to read. */
interface BatchInput {
  readonly RequestItems?: Readonly<Record<string, readonly unknown[] | { readonly Keys?: readonly unknown[] }>>;
}

/** A client whose first requests of a batch are answered as DynamoDB answers when it is busy: nothing is done. */
async function busyFor(rounds: number): Promise<{ dynamodb: DynamoDBClient; sizes: number[] }> {
  const sizes: number[] = [];
  const dynamodb = new DynamoDBClient({
    endpoint: (await tables.client.config.endpoint?.()) ?? '',
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  client = dynamodb;
  let left = rounds;
  dynamodb.middlewareStack.add(
    (next, { commandName }) =>
      async (request) => {
        const { RequestItems: asked = {} } = request.input as BatchInput;
        const [ofTable] = Object.values(asked);
        sizes.push(countOf(ofTable));
        if (left-- <= 0) return next(request);
        const output =
          commandName === 'BatchGetItemCommand'
            ? { Responses: {}, UnprocessedKeys: asked }
            : { UnprocessedItems: asked };
        return { response: {}, output: { $metadata: {}, ...output } };
      },
    { step: 'initialize' },
  );
  return { dynamodb, sizes };
}

function countOf(ofTable: readonly unknown[] | { readonly Keys?: readonly unknown[] } = []): number {
  return 'Keys' in ofTable ? (ofTable.Keys?.length ?? 0) : Object.keys(ofTable).length;
}

const items = (count: number) => Array.from({ length: count }, (_, index) => ({ assetId: { S: `asset-${index}` } }));

describe('writeAll', () => {
  it('puts at most 25 items into a request', async () => {
    const { dynamodb, sizes } = await busyFor(0);
    await writeAll(dynamodb, TABLE, items(BATCH_WRITE_MAX));
    expect(sizes).toEqual([25]);
    await writeAll(dynamodb, TABLE, items(BATCH_WRITE_MAX + 1));
    expect(sizes.toSorted((a, b) => a - b)).toEqual([1, 25, 25]);
    const { Count } = await tables.client.send(new ScanCommand({ TableName: TABLE }));
    expect(Count).toBe(26);
  });

  it('tries what was left undone as often as its limit says', async () => {
    const { dynamodb, sizes } = await busyFor(ROUNDS_MAX - 1);
    await writeAll(dynamodb, TABLE, items(2));
    expect(sizes).toEqual(Array.from({ length: 6 }, () => 2));
  });

  it('and no longer: then it fails, and says of what', async () => {
    const { dynamodb } = await busyFor(ROUNDS_MAX);
    await expect(writeAll(dynamodb, TABLE, items(2))).rejects.toThrow('items: 2 of 2 items unprocessed after 6 rounds');
  });
});

describe('readAll', () => {
  const ids = ['asset-0', 'asset-1'];

  it('asks again for what was left undone as often as its limit says', async () => {
    const { dynamodb } = await busyFor(READ_ROUNDS_MAX - 1);
    expect(await readAll(dynamodb, TABLE, ids, { consistent: true })).toHaveLength(2);
  });

  it('and no longer', async () => {
    const { dynamodb } = await busyFor(READ_ROUNDS_MAX);
    await expect(readAll(dynamodb, TABLE, ids, { consistent: true })).rejects.toThrow('2 of 2 keys unprocessed');
  });
});
