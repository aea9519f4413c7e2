import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { createDynamoDb } from '../../../local/dynamodb/service.ts';

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
  return {
    client,
    async create(table) {
      await client.send(new CreateTableCommand({ ...table, BillingMode: 'PAY_PER_REQUEST' }));
      const { TableName } = table;
      await waitUntilTableExists({ client, minDelay: 1, maxDelay: 1, maxWaitTime: 30 }, { TableName });
    },
    async close() {
      client.destroy();
      await dynamodb.close();
      await rm(directory, { recursive: true });
    },
  };
}
