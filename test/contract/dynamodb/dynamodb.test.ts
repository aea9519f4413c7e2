import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe } from 'vitest';
import { createDynamoDb } from '../../../local/dynamodb/service.ts';
import { startGateway } from '../../../local/gateway/server.ts';
import { absenceOfDynamoDbLocal, startDynamoDbLocal } from './dynamodb-local.ts';
import { describeDynamoDb, type DynamoDbTarget } from './suite.ts';

const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

describe('DynamoDB of the local cloud, through its gateway', () => {
  describeDynamoDb(async (): Promise<DynamoDbTarget> => {
    const directory = await mkdtemp(path.join(tmpdir(), 'cityweave-dynamodb-'));
    const log = (line: string): void => console.error(line);
    const dynamoDb = await createDynamoDb({ directory, log });
    const gateway = await startGateway({ services: [dynamoDb.service], port: 0, log });
    const client = new DynamoDBClient({
      endpoint: gateway.url,
      region: 'us-east-1',
      credentials: LOCAL_CREDENTIALS,
      maxAttempts: 1,
    });
    return {
      client,
      returnsItemOnFailedCondition: false,
      async close() {
        client.destroy();
        await gateway.close();
        await dynamoDb.close();
        await rm(directory, { recursive: true });
      },
    };
  });
});

const absence = absenceOfDynamoDbLocal();

describe.skipIf(absence !== undefined)(`DynamoDB Local${absence ? ` (skipped: ${absence})` : ''}`, () => {
  describeDynamoDb(startDynamoDbLocal);
});

const endpoint = process.env.CITYWEAVE_CONTRACT_DYNAMODB_ENDPOINT;

describe.skipIf(endpoint === undefined)(
  `DynamoDB at ${endpoint ?? 'CITYWEAVE_CONTRACT_DYNAMODB_ENDPOINT (skipped: not set)'}`,
  () => {
    describeDynamoDb(async (): Promise<DynamoDbTarget> => {
      const ofAws = endpoint?.includes('amazonaws.com') ?? false;
      const client = new DynamoDBClient({
        ...(endpoint !== undefined && { endpoint }),
        region: process.env.AWS_REGION ?? 'us-east-1',
        ...(!ofAws && { credentials: LOCAL_CREDENTIALS }),
      });
      return { client, returnsItemOnFailedCondition: true, close: async () => client.destroy() };
    });
  },
);
