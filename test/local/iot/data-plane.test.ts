import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../../local/gateway/server.ts';
import { PAYLOAD_BYTES_MAX } from '../../../local/iot/limits.ts';
import { startIot, type StartedIot } from './start-iot.ts';

let started: StartedIot;
let gateway: Gateway;
let client: IoTDataPlaneClient;

beforeAll(async () => {
  started = await startIot();
  await started.addRule('all', "SELECT encode(*, 'base64') AS b, clientid() AS c, traceid() AS t FROM 'rule/#'");
  gateway = await startGateway({ services: started.iot.services, port: 0, log: () => {} });
  client = new IoTDataPlaneClient({
    endpoint: gateway.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});
afterAll(async () => {
  client.destroy();
  await gateway.close();
  await started.close();
});

describe('Publish of the IoT data plane, by the AWS SDK', () => {
  it('reaches subscribers, bytes and topic as sent', async () => {
    const subscriber = await started.connect();
    await subscriber.subscribeAsync('sdk/#', { qos: 1 });
    const received = new Promise<[string, Buffer]>((resolve) => {
      subscriber.on('message', (topic, payload) => resolve([topic, payload]));
    });
    const payload = Buffer.from([0, 255, 10]);
    await client.send(new PublishCommand({ topic: 'sdk/a b/ü', payload, qos: 1 }));
    expect(await received).toEqual(['sdk/a b/ü', payload]);
  });

  it('evaluates the rules, without a client id or a trace id', async () => {
    await client.send(new PublishCommand({ topic: 'rule/x', payload: Buffer.from('hi') }));
    expect(started.records.map(({ data }) => String(data))).toEqual(['{"b":"aGk=","c":"n/a"}']);
  });

  it('keeps the payload limit', async () => {
    const publish = (bytes: number) => client.send(new PublishCommand({ topic: 'p', payload: Buffer.alloc(bytes) }));
    await expect(publish(PAYLOAD_BYTES_MAX)).resolves.toMatchObject({ $metadata: { httpStatusCode: 200 } });
    await expect(publish(PAYLOAD_BYTES_MAX + 1)).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });

  it.each([
    ['a/b/c/d/e/f/g/h/i', 'number of slashes'],
    ['$SYS/x', 'reserved topic'],
    ['a/#', 'topic of a publish'],
  ])('refuses the topic %s', async (topic, reason) => {
    await expect(client.send(new PublishCommand({ topic, payload: Buffer.from('x') }))).rejects.toThrow(reason);
  });

  it('refuses QoS 2', async () => {
    await expect(client.send(new PublishCommand({ topic: 'a', qos: 2 }))).rejects.toThrow('expected 0 or 1');
  });
});

describe('over plain HTTP', () => {
  it('takes a topic whose slashes are not encoded', async () => {
    started.records.length = 0;
    const response = await fetch(`${gateway.url}/topics/rule/plain/x?qos=1`, { method: 'POST', body: 'hi' });
    expect(response.status).toBe(200);
    expect(started.records).toHaveLength(1);
  });

  it.each([
    ['GET', '/topics/a'],
    ['POST', '/topics/%E0%A4%A'],
  ])('names what it does not answer: %s %s', async (method, path) => {
    const response = await fetch(gateway.url + path, { method });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('POST /topics/{topic}');
  });

  it('DescribeEndpoint gives the loopback address', async () => {
    const response = await fetch(`${gateway.url}/endpoint?endpointType=iot:Data-ATS`);
    expect(await response.json()).toEqual({ endpointAddress: '127.0.0.1' });
    const refused = await fetch(`${gateway.url}/endpoint?endpointType=iot:Jobs`);
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('iot:Data-ATS');
  });
});
