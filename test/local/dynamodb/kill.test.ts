import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const TABLE_PROCESS = fileURLToPath(new URL('../../../local/dynamodb/table-process.ts', import.meta.url));
const ACKNOWLEDGED_MIN = 500;
const WRITERS = 20;

let directory: string;
let tables: ChildProcess;
let client: DynamoDBClient;

async function start(): Promise<void> {
  tables = fork(TABLE_PROCESS, [directory]);
  const [{ port }] = (await once(tables, 'message')) as [{ port: number }];
  client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
}

async function kill(): Promise<void> {
  const exited = once(tables, 'exit');
  tables.kill('SIGKILL');
  await exited;
  client.destroy();
}

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cityweave-tables-'));
  await start();
  await client.send(
    new CreateTableCommand({
      TableName: 'table',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
});

afterEach(async () => {
  await kill();
  await rm(directory, { recursive: true });
});

const put = (id: string, value: number) =>
  client.send(new PutItemCommand({ TableName: 'table', Item: { id: { S: id }, value: { N: String(value) } } }));

/** Every item's value by its id. */
async function allValues(): Promise<ReadonlyMap<string, number>> {
  const { Items: items = [] } = await client.send(new ScanCommand({ TableName: 'table', ConsistentRead: true }));
  return new Map(items.map((item) => [item['id']?.S ?? '', Number(item['value']?.N)]));
}

describe('tables whose process is killed in the middle of a load', () => {
  it('keep every write that was acknowledged', { timeout: 60_000 }, async () => {
    const acknowledged = new Map<string, number>();
    let count = 0;
    let killed: Promise<void> | undefined;
    await Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        for (let value = 1; ; value += 1) {
          // Two items a writer, each of which it overwrites.
          const id = `${writer}-${value % 2}`;
          try {
            await put(id, value);
          } catch {
            return;
          }
          acknowledged.set(id, value);
          count += 1;
          if (count >= ACKNOWLEDGED_MIN) killed ??= kill();
        }
      }),
    );
    await killed;

    await start();
    const found = await allValues();
    expect([...acknowledged].filter(([id, value]) => (found.get(id) ?? 0) < value)).toEqual([]);
    expect(acknowledged.size).toBe(2 * WRITERS);
  });
});

describe('writes of one item that are under way together', () => {
  it('take effect one after the other, and a reader that comes after the answer sees them', async () => {
    const values = Array.from({ length: 50 }, (_, index) => index);
    await Promise.all(values.map((value) => put('same', value)));
    await client.send(new DeleteItemCommand({ TableName: 'table', Key: { id: { S: 'same' } } }));
    await put('other', 7);

    const same = await client.send(new GetItemCommand({ TableName: 'table', Key: { id: { S: 'same' } } }));
    expect(same.Item).toBeUndefined();
    expect(await allValues()).toEqual(new Map([['other', 7]]));
  });
});
