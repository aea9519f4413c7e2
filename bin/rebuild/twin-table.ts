import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  ScanCommand,
  type TableDescription,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type { StoredTwin } from '../../core/ports.ts';
import { writeAll } from '../../lambdas/shared/dynamodb-batch-write.ts';
import { toTwinItem } from '../../lambdas/shared/twin-item.ts';
import { CommandError } from '../command-error.ts';
import { TWINS_TABLE } from './city-stores.ts';

const CREATE_MAX_S = 300;
/** Items that are handed over at once: DynamoDB takes 25 a call, and some calls are under way side by side. */
const WRITTEN_AT_ONCE = 1000;

/**
 * Makes a table like the live one, with its indexes, billing and encryption. One that is there must be empty, unless it
 * is the one that this rebuild was writing. Throws a `CommandError` where it holds what is not ours.
 */
export async function prepareTable(dynamodb: DynamoDBClient, tableName: string, isResumed: boolean): Promise<void> {
  if (tableName === TWINS_TABLE) {
    throw new CommandError(`--table: ${TWINS_TABLE} is the live table; name a new one`);
  }
  if (await describe(dynamodb, tableName)) {
    if (isResumed || (await isEmpty(dynamodb, tableName))) return;
    throw new CommandError(`--table: ${tableName} holds items; name a new table, or delete it`);
  }
  const live = await describe(dynamodb, TWINS_TABLE);
  if (!live) throw new CommandError(`no table ${TWINS_TABLE}: the new one is made in its likeness`);
  await dynamodb.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: live.AttributeDefinitions,
      KeySchema: live.KeySchema,
      GlobalSecondaryIndexes: live.GlobalSecondaryIndexes?.map(({ IndexName, KeySchema, Projection }) => ({
        IndexName,
        KeySchema,
        Projection,
      })),
      ...(live.SSEDescription?.Status === 'ENABLED' ? { SSESpecification: { Enabled: true, SSEType: 'KMS' } } : {}),
    }),
  );
  await waitUntilTableExists(
    { client: dynamodb, maxWaitTime: CREATE_MAX_S, minDelay: 1, maxDelay: 2 },
    { TableName: tableName },
  );
}

/** Writes the twins over whatever is there of them; the same twins again change nothing. Returns how many. */
export async function writeTwins(
  dynamodb: DynamoDBClient,
  tableName: string,
  twins: Iterable<StoredTwin>,
): Promise<number> {
  let written = 0;
  let batch: StoredTwin[] = [];
  const flush = async (): Promise<void> => {
    await writeAll(
      dynamodb,
      tableName,
      batch.map(({ twin, version }) => toTwinItem(twin, version)),
    );
    written += batch.length;
    batch = [];
  };
  for (const stored of twins) {
    batch.push(stored);
    if (batch.length === WRITTEN_AT_ONCE) await flush();
  }
  await flush();
  return written;
}

async function describe(dynamodb: DynamoDBClient, tableName: string): Promise<TableDescription | undefined> {
  try {
    return (await dynamodb.send(new DescribeTableCommand({ TableName: tableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function isEmpty(dynamodb: DynamoDBClient, tableName: string): Promise<boolean> {
  const { Items: items = [] } = await dynamodb.send(
    new ScanCommand({ TableName: tableName, Limit: 1, ConsistentRead: true }),
  );
  return items.length === 0;
}
