import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DeleteTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sweep } from '../../../lambdas/failure-recorder/environment.ts';
import { startGateway, type Gateway } from '../../../local/gateway/server.ts';
import { createS3 } from '../../../local/s3/service.ts';
import { REJECTS_TABLE, startTables, type Tables } from '../shared/tables.ts';

const TABLE = 'rejects';
const BUCKET = 'failures';
let tables: Tables;
let s3: Awaited<ReturnType<typeof createS3>>;
let gateway: Gateway;
let client: S3Client;
let directory = '';
let handler: (event: Sweep) => Promise<void>;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cityweave-recorder-'));
  const log = (line: string): void => console.error(line);
  [tables, s3] = await Promise.all([startTables(), createS3({ directory, log })]);
  gateway = await startGateway({ services: [s3.service], port: 0, log });
  const endpoint = await tables.client.config.endpoint?.();
  assert(endpoint, 'the client of a test table has an endpoint');
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new S3Client({ endpoint: gateway.url, region: 'us-east-1', credentials, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  Object.assign(process.env, {
    STAGE: 'dev',
    REJECTS_TABLE: TABLE,
    OBSERVATIONS_STREAM: 'cityweave-observations',
    FAILURES_BUCKET: BUCKET,
    AWS_ENDPOINT_URL_DYNAMODB: `http://${endpoint.hostname}:${endpoint.port}`,
    AWS_ENDPOINT_URL_S3: gateway.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  ({ handler } = await import('../../../lambdas/failure-recorder/handler.ts'));
});
beforeEach(() => tables.create({ TableName: TABLE, ...REJECTS_TABLE }));
afterAll(async () => {
  client.destroy();
  await Promise.all([gateway.close(), tables.close(), s3.close()]);
  await rm(directory, { recursive: true });
});

async function put(key: string, content: object): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: JSON.stringify(content) }));
}

async function keys(): Promise<(string | undefined)[]> {
  const { Contents: objects = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  return objects.map(({ Key }) => Key);
}

function failureOf(trace: string) {
  const failures = [{ failedAction: 'KinesisAction', failedResource: 'cityweave-ingest', errorMessage: 'throttled' }];
  const message = { topic: 'dt/centre/ParkingSpot/spot/camera', clientId: 'camera', base64OriginalPayload: 'e30=' };
  return { ruleName: 'cityweave_dt', cloudwatchTraceId: trace, failures, ...message };
}

describe('a sweep', () => {
  it('records what nobody told of any more, and leaves what nobody understands and what is young', async () => {
    const receivedMs = Date.UTC(2026, 10, 21, 8);
    await put(`rules/${receivedMs}/a/certificate.json`, failureOf('trace-a'));
    await put(`rules/${receivedMs}/b/certificate.json`, failureOf('trace-b'));
    await put('aws/lambda/strange.json', { not: 'a failure' });
    await put('capped/camera/batch.json', {});

    await handler({ sweepOlderThanMinutes: 60 });
    expect(await keys()).toHaveLength(4);

    await handler({ sweepOlderThanMinutes: 0 });
    expect(await keys()).toEqual(['aws/lambda/strange.json', 'capped/camera/batch.json']);
    const { Items: packs = [] } = await tables.client.send(new ScanCommand({ TableName: TABLE }));
    expect(packs.map(({ reason }) => reason?.S)).toEqual(['delivery-failed', 'delivery-failed']);
    await tables.client.send(new DeleteTableCommand({ TableName: TABLE }));
  });

  it('fails while the table does not answer, and keeps the object for the next', async () => {
    await tables.client.send(new DeleteTableCommand({ TableName: TABLE }));
    await put('rules/1/c/certificate.json', failureOf('trace-c'));
    await expect(handler({ sweepOlderThanMinutes: 0 })).rejects.toThrow(/resource not found/i);
    expect(await keys()).toContain('rules/1/c/certificate.json');
  });
});
