import { KinesisClient, ListStreamsCommand } from '@aws-sdk/client-kinesis';
import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AwsRequest, AwsResponse, AwsService } from '../../../local/gateway/aws-service.ts';
import { createProxy } from '../../../local/gateway/proxy.ts';
import { BODY_BYTES_MAX, startGateway, type Gateway } from '../../../local/gateway/server.ts';
import { listen } from '../../../local/listen.ts';

const SDK = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, maxAttempts: 1 };

const lines: string[] = [];
const received: { service: string; request: AwsRequest }[] = [];

function service(signingName: string, targetPrefix: string | undefined, answer: () => AwsResponse): AwsService {
  return {
    signingName,
    ...(targetPrefix !== undefined && { targetPrefix }),
    async handle(request) {
      received.push({ service: signingName, request });
      return answer();
    },
  };
}

const json = (value: unknown) => (): AwsResponse => ({
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: JSON.stringify(value),
});

describe('the gateway', () => {
  let gateway: Gateway;
  let upstream: http.Server;
  let proxied: ReturnType<typeof createProxy>;

  beforeAll(async () => {
    upstream = http.createServer((request, response) => {
      response.setHeader('x-seen-by', 'upstream');
      response.end(request.headers['x-amz-target']?.toString().endsWith('ListTables') ? '{"TableNames":["t"]}' : '{}');
    });
    proxied = createProxy({
      signingName: 'dynamodb',
      targetPrefix: 'DynamoDB_20120810',
      port: await listen(upstream, 0),
    });
    gateway = await startGateway({
      port: 0,
      log: (line) => lines.push(line),
      services: [
        service('kinesis', 'Kinesis_20131202', json({ StreamNames: ['ingest'], HasMoreStreams: false })),
        service('iotdata', undefined, json({})),
        service('broken', 'Broken_1', () => {
          throw new Error('no disk');
        }),
        proxied,
      ],
    });
  });

  beforeEach(() => {
    received.length = 0;
    lines.length = 0;
  });

  afterAll(async () => {
    await gateway.close();
    proxied.close();
    upstream.closeAllConnections();
    upstream.close();
  });

  const post = (headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer> = '{}', path = '/') =>
    fetch(`${gateway.url}${path}`, { method: 'POST', headers, body });

  it('answers the Kinesis client, which speaks HTTP/2 to a plain endpoint, by X-Amz-Target', async () => {
    const client = new KinesisClient({ ...SDK, endpoint: gateway.url });
    expect((await client.send(new ListStreamsCommand({}))).StreamNames).toEqual(['ingest']);
    expect((await client.send(new ListStreamsCommand({ Limit: 3 }))).StreamNames).toEqual(['ingest']);
    client.destroy();
    expect(received.map(({ request }) => [request.operation, request.body.toString()])).toEqual([
      ['ListStreams', '{}'],
      ['ListStreams', '{"Limit":3}'],
    ]);
    expect(Object.keys(received[0]?.request.headers ?? {}).filter((name) => name.startsWith(':'))).toEqual([]);
  });

  it('answers a REST client by the service name in the credential scope', async () => {
    const client = new IoTDataPlaneClient({ ...SDK, endpoint: gateway.url });
    await client.send(new PublishCommand({ topic: 'a/b', payload: Uint8Array.of(0, 255) }));
    client.destroy();
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ service: 'iotdata', request: { method: 'POST', operation: '' } });
    expect(received[0]?.request.url).toMatch(/^\/topics\/a%2Fb/);
    expect(received[0]?.request.body).toEqual(Buffer.of(0, 255));
  });

  it('answers an unsigned REST request by its path, and a presigned one by its query', async () => {
    expect((await post({}, 'x', '/topics/a')).status).toBe(200);
    const credential = encodeURIComponent('key/20261121/us-east-1/iotdata/aws4_request');
    expect((await post({}, 'x', `/anything?X-Amz-Credential=${credential}`)).status).toBe(200);
    expect(received.map((entry) => entry.service)).toEqual(['iotdata', 'iotdata']);
  });

  it('forwards to a service behind its own port', async () => {
    const client = new DynamoDBClient({ ...SDK, endpoint: gateway.url });
    expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual(['t']);
    client.destroy();
    const response = await post({ 'x-amz-target': 'DynamoDB_20120810.GetItem' });
    expect(response.headers.get('x-seen-by')).toBe('upstream');
  });

  it.each([
    ['an unknown target', { 'x-amz-target': 'AmazonSQS.SendMessage' }, 'X-Amz-Target AmazonSQS.SendMessage'],
    [
      'an unknown service',
      {
        authorization:
          'AWS4-HMAC-SHA256 Credential=k/20261121/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0',
      },
      'service s3',
    ],
    ['no sign of a service', {}, 'unsigned request to /'],
  ])('refuses %s by name and says what it knows', async (_, headers, asked) => {
    const response = await post(headers);
    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-errortype')).toBe('UnknownOperationException');
    expect(await response.json()).toEqual({
      __type: 'UnknownOperationException',
      message: `${asked} is not answered by the local cloud, which knows: broken, dynamodb, iotdata, kinesis`,
    });
  });

  it('turns a failing service into InternalFailure and logs why', async () => {
    const response = await post({ 'x-amz-target': 'Broken_1.Do' });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ __type: 'InternalFailure', message: 'no disk' });
    expect(lines.join()).toContain('no disk');
  });

  it('takes a body at the limit and refuses one byte more', async () => {
    const headers = { 'x-amz-target': 'Kinesis_20131202.PutRecords' };
    expect((await post(headers, new Uint8Array(BODY_BYTES_MAX))).status).toBe(200);
    expect((await post(headers, new Uint8Array(BODY_BYTES_MAX + 1))).status).toBe(413);
  });

  it('takes a first line that comes in pieces, and a client that says nothing', async () => {
    const silent = net.connect(gateway.port, '127.0.0.1');
    await once(silent, 'connect');
    silent.end();

    const slow = net.connect(gateway.port, '127.0.0.1');
    slow.setNoDelay(true);
    slow.setEncoding('utf8');
    for (const piece of [
      'P',
      'OS',
      'T / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Kinesis_20131202.A\r\n',
      'Content-Length: 2\r\nConnection: close\r\n\r\n{}',
    ]) {
      slow.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    let answer = '';
    for await (const chunk of slow) {
      answer += chunk;
    }
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('closes while clients keep idle connections of both protocols', async () => {
    const short = await startGateway({
      port: 0,
      log: () => {},
      services: [service('kinesis', 'Kinesis_20131202', json({ StreamNames: [] }))],
    });
    const client = new KinesisClient({ ...SDK, endpoint: short.url });
    await client.send(new ListStreamsCommand({}));
    const idle = net.connect(short.port, '127.0.0.1');
    await once(idle, 'connect');
    const startedMs = performance.now();
    await short.close();
    expect(performance.now() - startedMs).toBeLessThan(2000);
    client.destroy();
    idle.destroy();
  });
});
