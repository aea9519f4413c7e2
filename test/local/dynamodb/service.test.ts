import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDynamoDb, type DynamoDb } from '../../../local/dynamodb/service.ts';

describe('the DynamoDB service', () => {
  let directory: string;
  let lines: string[];
  const open: { close(): Promise<void> | void }[] = [];

  beforeEach(async () => {
    lines = [];
    directory = await mkdtemp(path.join(tmpdir(), 'cityweave-tables-'));
  });
  afterEach(async () => {
    for (const each of open.splice(0)) {
      await each.close();
    }
    await rm(directory, { recursive: true });
  });

  async function start(): Promise<{ dynamoDb: DynamoDb; client: DynamoDBClient }> {
    const dynamoDb = await createDynamoDb({ directory, log: (line) => lines.push(line) });
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new DynamoDBClient({
      endpoint: dynamoDb.endpoint,
      region: 'us-east-1',
      credentials,
      maxAttempts: 1,
    });
    return { dynamoDb, client };
  }

  const createTable = new CreateTableCommand({
    TableName: 'table',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  });
  const item = { id: { S: 'a' }, stamp: { N: '18446744073709551615' } };
  const getItem = new GetItemCommand({ TableName: 'table', Key: { id: { S: 'a' } }, ConsistentRead: true });

  it('keeps tables and items over a restart, and says nothing when it is closed', async () => {
    const first = await start();
    await first.client.send(createTable);
    await first.client.send(new PutItemCommand({ TableName: 'table', Item: item }));
    first.client.destroy();
    await first.dynamoDb.close();

    const second = await start();
    open.push(second.dynamoDb);
    expect((await second.client.send(getItem)).Item).toEqual(item);
    second.client.destroy();
    expect(lines).toEqual([]);
  });

  it('lives on when a client breaks off in the middle of a request', async () => {
    const { dynamoDb, client } = await start();
    open.push(dynamoDb);
    await client.send(createTable);
    const socket = net.connect(Number(new URL(dynamoDb.endpoint).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"TableName"');
    await delay(50);
    socket.resetAndDestroy();
    await delay(50);

    await client.send(new PutItemCommand({ TableName: 'table', Item: item }));
    expect((await client.send(getItem)).Item).toEqual(item);
    client.destroy();
    expect(lines).toEqual([]);
  });

  it('closes soon with clients that keep their connections', async () => {
    const { dynamoDb, client } = await start();
    await client.send(createTable);
    const startedMs = performance.now();
    await dynamoDb.close();
    expect(performance.now() - startedMs).toBeLessThan(2500);
    client.destroy();
  });
});
