import assert from 'node:assert/strict';
import http from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { DeleteTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { listen } from '../../../local/listen.ts';
import { startTables, type Tables } from '../shared/tables.ts';

const TABLE = 'assets';
let tables: Tables;
let handler: (event: CloudFormationCustomResourceEvent) => Promise<void>;
let responseUrl = '';
/** With what the address for answers meets a PUT. */
let answerStatus = 200;
const answers: { method: string | undefined; contentType: string | undefined; body: unknown }[] = [];

const server = http.createServer((request, response) => {
  const { method, headers } = request;
  void readText(request).then((body) => {
    answers.push({ method, contentType: headers['content-type'], body: JSON.parse(body) });
    response.writeHead(answerStatus).end();
  });
});

beforeAll(async () => {
  tables = await startTables();
  await tables.create({
    TableName: TABLE,
    AttributeDefinitions: [{ AttributeName: 'assetId', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'assetId', KeyType: 'HASH' }],
  });
  responseUrl = `http://127.0.0.1:${await listen(server, 0)}/answer`;
  const endpoint = await tables.client.config.endpoint?.();
  assert(endpoint, 'the client of a test table has an endpoint');
  Object.assign(process.env, {
    ASSETS_TABLE: TABLE,
    AWS_ENDPOINT_URL: `http://${endpoint.hostname}:${endpoint.port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  ({ handler } = await import('../../../lambdas/asset-registry/handler.ts'));
});
beforeEach(() => {
  answers.length = 0;
  answerStatus = 200;
});
afterAll(async () => {
  server.close();
  await tables.close();
});

function eventOf(requestType: 'Create' | 'Delete'): CloudFormationCustomResourceEvent {
  const event = {
    ServiceToken: 'arn:aws:lambda:us-east-1:000000000000:function:cityweave-asset-registry',
    ResponseURL: responseUrl,
    StackId: 'stack-1',
    RequestId: 'request-1',
    LogicalResourceId: 'AssetSeed',
    ResourceType: 'Custom::AssetSeed',
    ResourceProperties: { ServiceToken: 'arn' },
  };
  return requestType === 'Create'
    ? { ...event, RequestType: 'Create' }
    : { ...event, RequestType: 'Delete', PhysicalResourceId: 'cityweave-asset-registry' };
}

async function rowCount(): Promise<number | undefined> {
  return (await tables.client.send(new ScanCommand({ TableName: TABLE, Select: 'COUNT' }))).Count;
}

const IDS = {
  PhysicalResourceId: 'cityweave-asset-registry',
  StackId: 'stack-1',
  RequestId: 'request-1',
  LogicalResourceId: 'AssetSeed',
};

describe('the asset registry function', () => {
  it('leaves the rows alone when its stack goes, and says so', async () => {
    await handler(eventOf('Delete'));
    expect(await rowCount()).toBe(0);
    expect(answers).toMatchObject([{ body: { Status: 'SUCCESS', ...IDS } }]);
  });

  it('writes every asset of the configuration and answers by PUT, without a content type', async () => {
    await handler(eventOf('Create'));
    expect(await rowCount()).toBe(Object.keys(config.assets).length);
    expect(answers).toEqual([{ method: 'PUT', contentType: '', body: { Status: 'SUCCESS', Reason: '', ...IDS } }]);
  });

  it.each([403, 500])('throws when its answer meets %d, so that Lambda runs it again', async (status) => {
    answerStatus = status;
    await expect(handler(eventOf('Create'))).rejects.toThrow(`got ${status} to SUCCESS, expected 200`);
    // It had seeded: an answer that it failed would be a lie.
    expect(answers).toHaveLength(1);
  });

  it('answers that it failed, with the reason in as many bytes as an answer may have', async () => {
    await tables.client.send(new DeleteTableCommand({ TableName: TABLE }));
    await handler(eventOf('Create'));
    const [{ body } = {}] = answers;
    expect(body).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('ResourceNotFound'), ...IDS });
    expect(JSON.stringify(body).length).toBeLessThan(4096);
  });
});
