import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whenClosed, whenConnected } from './mqtt-events.ts';
import { startIot, type StartedIot } from './start-iot.ts';

/*
 * "AWS IoT Core message broker and protocol limits and quotas",
 * https://docs.aws.amazon.com/general/latest/gr/iot-core.html#limits_iot: each at the limit and one beyond.
 */

let started: StartedIot;
beforeAll(async () => {
  started = await startIot();
  await started.addRule('basic', 'SELECT topic() AS topic', {});
});
afterAll(() => started.close());

/** Whether the broker keeps the client that does this: it answers a ping that is sent after it, or hangs up. */
async function isKept(act: (client: MqttClient) => void, options: IClientOptions = {}): Promise<boolean> {
  const client = await started.connect(options);
  const outcome = new Promise<boolean>((resolve) => {
    client.on('packetreceive', ({ cmd }) => cmd === 'pingresp' && resolve(true));
    client.on('close', () => resolve(false));
  });
  act(client);
  client.sendPing();
  const kept = await outcome;
  await client.endAsync(true);
  return kept;
}

/** `bytes` long in UTF-8, in two-byte characters but for an odd one, so that counting characters is not enough. */
function textOf(bytes: number): string {
  return 'x'.repeat(bytes % 2) + 'é'.repeat(Math.floor(bytes / 2));
}

function levels(count: number): string {
  return Array.from({ length: count }, (_, index) => `l${index}`).join('/');
}

function publishing(topic: string, payload: string | Buffer = 'x', retain = false): (client: MqttClient) => void {
  return (client) => void client.publish(topic, payload, { qos: 0, retain });
}

function subscribing(...filters: string[]): (client: MqttClient) => void {
  return (client) => void client.subscribe(filters, { qos: 0 }, () => {});
}

const BASIC = '$aws/rules/basic/';
const cases: [string, (client: MqttClient) => void, (client: MqttClient) => void, string][] = [
  ['topic, 256 bytes', publishing(textOf(256)), publishing(textOf(257)), 'topic in bytes is 257; the limit is 256'],
  [
    'topic of Basic Ingest, 256 bytes without the prefix',
    publishing(BASIC + textOf(256)),
    publishing(BASIC + textOf(257)),
    'topic in bytes is 257; the limit is 256',
  ],
  ['topic, 7 slashes', publishing(levels(8)), publishing(levels(9)), 'is 8; the limit is 7'],
  [
    'topic of Basic Ingest, 7 slashes without the prefix',
    publishing(BASIC + levels(8)),
    publishing(BASIC + levels(9)),
    'is 8; the limit is 7',
  ],
  [
    'payload, 131072 bytes',
    publishing('p', Buffer.alloc(131_072)),
    publishing('p', Buffer.alloc(131_073)),
    'payload in bytes is 131073; the limit is 131072',
  ],
  ['topic filter, 256 bytes', subscribing(textOf(256)), subscribing(textOf(257)), 'topic filter in bytes is 257'],
  ['topic filter, 7 slashes', subscribing(levels(8)), subscribing(levels(9)), 'topic filter l0/'],
  [
    'topic filters in a SUBSCRIBE, 8',
    subscribing(...Array.from({ length: 8 }, (_, index) => `f/${index}`)),
    subscribing(...Array.from({ length: 9 }, (_, index) => `f/${index}`)),
    'number of topic filters in one SUBSCRIBE is 9; the limit is 8',
  ],
  [
    'subscriptions of a connection, 50',
    (client) => Array.from({ length: 50 }, (_, index) => subscribing(`s/${index}`)(client)),
    (client) => Array.from({ length: 51 }, (_, index) => subscribing(`s/${index}`)(client)),
    'number of subscriptions of one connection is 51; the limit is 50',
  ],
  [
    'reserved topics',
    publishing(`${BASIC}x`),
    publishing('$aws/things/t/shadow/update'),
    'reserved topic of a publish',
  ],
  ['reserved topics without a rule', publishing('SYS/x'), publishing('$SYS/x'), 'reserved topic of a publish'],
  ['RETAIN', publishing('r', 'x', true), publishing(`${BASIC}x`, 'x', true), 'RETAIN on a reserved topic'],
  ['reserved topic filters', subscribing('aws/#'), subscribing('$aws/rules/#'), 'reserved topic filter'],
  [
    'quality of service of a publish, 1',
    (client) => void client.publish('q', 'x', { qos: 1 }),
    (client) => void client.publish('q', 'x', { qos: 2 }),
    'quality of service of a publish is 2; the limit is 1',
  ],
  [
    'quality of service of a subscription, 1',
    (client) => void client.subscribe('q', { qos: 1 }, () => {}),
    (client) => void client.subscribe('q', { qos: 2 }, () => {}),
    'quality of service of a subscription is 2; the limit is 1',
  ],
];

describe('a client within the limits is kept, one beyond is disconnected with a line in the log', () => {
  it.each(cases)('%s', async (_name, within, beyond, line) => {
    started.log.length = 0;
    expect(await isKept(within)).toBe(true);
    expect(started.log).toEqual([]);
    expect(await isKept(beyond, { clientId: 'beyond' })).toBe(false);
    expect(started.log).toEqual([expect.stringContaining(line)]);
    expect(started.log[0]).toMatch(/^MQTT client "beyond" is disconnected: /);
  });

  it('subscribing again, and after unsubscribing, does not count', async () => {
    const client = await started.connect();
    const filters = Array.from({ length: 50 }, (_, index) => `s/${index}`);
    await Promise.all(filters.map((filter) => client.subscribeAsync(filter)));
    await client.subscribeAsync('s/7');
    await client.unsubscribeAsync('s/7');
    await client.subscribeAsync('s/fresh');
    expect(client.connected).toBe(true);
  });
});

describe('CONNECT', () => {
  const willOn = (topic: string, qos: 0 | 1 | 2 = 0): IClientOptions => ({
    will: { topic, payload: Buffer.from('w'), qos, retain: false },
  });
  it.each<[string, IClientOptions, IClientOptions, string]>([
    ['client id, 128 bytes', { clientId: textOf(128) }, { clientId: textOf(129) }, 'client id in bytes is 129'],
    ['reserved client ids', { clientId: 'GEN' }, { clientId: '$GEN' }, 'client id is $GEN'],
    ['quality of service of a will, 1', willOn('w', 1), willOn('w', 2), 'quality of service of a publish is 2'],
    ['topic of a will, 7 slashes', willOn(levels(8)), willOn(levels(9)), 'is 8; the limit is 7'],
    ['reserved topic of a will', willOn('w'), willOn('$SYS/w'), 'reserved topic of a publish'],
  ])('%s', async (_name, within, beyond, line) => {
    started.log.length = 0;
    expect(await isKept(() => {}, within)).toBe(true);
    const client = connect(`mqtt://127.0.0.1:${started.port}`, { ...beyond, reconnectPeriod: 0 });
    expect(await Promise.race([whenConnected(client), whenClosed(client)])).toBe('closed');
    expect(started.log).toEqual([expect.stringContaining(line)]);
  });

  it('a client without an id gets one', async () => {
    await started.addRule('who', "SELECT clientid() AS id FROM 'who'");
    started.records.length = 0;
    const client = await started.connect({ clientId: '' });
    await client.publishAsync('who', 'x', { qos: 1 });
    expect(String(started.records[0]?.data)).toMatch(/^\{"id":"\$GEN\/[0-9a-f-]{36}"\}$/);
  });

  it('MQTT 5 is refused as an unacceptable protocol version', async () => {
    await expect(started.connect({ protocolVersion: 5 })).rejects.toThrow(/protocol version/i);
  });
});
