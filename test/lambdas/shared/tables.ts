import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { createDynamoDb } from '../../../local/dynamodb/service.ts';

const POLL_MS = 5;

export interface Tables {
  readonly client: DynamoDBClient;
  create(table: Omit<CreateTableCommandInput, 'BillingMode'>): Promise<void>;
  close(): Promise<void>;
}

/** A DynamoDB of its own for one test file. */
export async function startTables(): Promise<Tables> {
  const directory = await mkdtemp(path.join(tmpdir(), 'cityweave-tables-'));
  const dynamodb = await createDynamoDb({ directory, log: (line) => console.error(line) });
  const client = new DynamoDBClient({
    endpoint: dynamodb.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const isActive = async ({ TableName }: Pick<CreateTableCommandInput, 'TableName'>): Promise<boolean> =>
    (await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus === 'ACTIVE';

  return {
    client,
    async create(table) {
      await client.send(new CreateTableCommand({ ...table, BillingMode: 'PAY_PER_REQUEST' }));
      // The SDK's own waiter looks once a second at most, which is all that such a test takes.
      while (!(await isActive(table))) await delay(POLL_MS);
    },
    async close() {
      client.destroy();
      await dynamodb.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** Deletes a table, if there is one, and waits until it is gone: until then nobody may create it anew. */
export async function dropTable(client: DynamoDBClient, TableName: string): Promise<void> {
  const isThere = (call: Promise<unknown>): Promise<boolean> =>
    call.then(
      () => true,
      (error: unknown) => {
        if (error instanceof ResourceNotFoundException) return false;
        throw error;
      },
    );
  let remains = await isThere(client.send(new DeleteTableCommand({ TableName })));
  while (remains) {
    await delay(POLL_MS);
    remains = await isThere(client.send(new DescribeTableCommand({ TableName })));
  }
}

type TableShape = Pick<CreateTableCommandInput, 'AttributeDefinitions' | 'KeySchema' | 'GlobalSecondaryIndexes'>;

/** The keys and indexes of the twins table. */
export const TWINS_TABLE: TableShape = {
  AttributeDefinitions: attributesOf('assetId', 'assetType', 'zone'),
  KeySchema: [{ AttributeName: 'assetId', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [
    { IndexName: 'byType', KeySchema: keyOf('assetType', 'zone'), Projection: { ProjectionType: 'KEYS_ONLY' } },
    { IndexName: 'byZone', KeySchema: keyOf('zone', 'assetId'), Projection: { ProjectionType: 'KEYS_ONLY' } },
  ],
};

/** The keys and the index of the reviews table. */
export const REVIEWS_TABLE: TableShape = {
  AttributeDefinitions: attributesOf('assetId', 'attribute', 'openId'),
  KeySchema: keyOf('assetId', 'attribute'),
  GlobalSecondaryIndexes: [
    {
      IndexName: 'open',
      KeySchema: [{ AttributeName: 'openId', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};

/** The keys of the calibrations table. */
export const CALIBRATIONS_TABLE: TableShape = {
  AttributeDefinitions: attributesOf('assetId', 'attribute'),
  KeySchema: keyOf('assetId', 'attribute'),
};

/** The keys of the rejects table. */
export const REJECTS_TABLE: TableShape = {
  AttributeDefinitions: attributesOf('reason', 'packId'),
  KeySchema: keyOf('reason', 'packId'),
};

/** The keys of the table of attestation keys. */
export const KEYS_TABLE: TableShape = {
  AttributeDefinitions: attributesOf('device', 'keyId'),
  KeySchema: keyOf('device', 'keyId'),
};

/** The keys of the table of signed counters. */
export const ATTESTATIONS_TABLE: TableShape = {
  AttributeDefinitions: attributesOf('signer', 'part'),
  KeySchema: keyOf('signer', 'part'),
};

function attributesOf(...names: readonly string[]): NonNullable<TableShape['AttributeDefinitions']> {
  return names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' }));
}

function keyOf(hash: string, range: string): NonNullable<TableShape['KeySchema']> {
  return [
    { AttributeName: hash, KeyType: 'HASH' },
    { AttributeName: range, KeyType: 'RANGE' },
  ];
}
