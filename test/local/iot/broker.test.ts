import { setTimeout as delay } from 'node:timers/promises';
import type { MqttClient } from 'mqtt';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { keepAliveSeconds } from '../../../local/iot/limits.ts';
import { nextMessage } from './mqtt-events.ts';
import { kinesisTo, startIot, type StartedIot } from './start-iot.ts';

let started: StartedIot;
afterEach(() => started.close());

const RAW = "SELECT * FROM 'dt/#'";

function collect(client: MqttClient): [string, string][] {
  const received: [string, string][] = [];
  client.on('message', (topic, payload) => received.push([topic, String(payload)]));
  return received;
}

function parseRow(data: Buffer): Readonly<Record<string, unknown>> {
  return JSON.parse(String(data));
}

/** Resolves when everything published before has been delivered: messages to one client keep their order. */
async function flush(publisher: MqttClient, subscriber: MqttClient): Promise<void> {
  const topic = `flush/${Math.random()}`;
  await subscriber.subscribeAsync(topic, { qos: 1 });
  const flushed = new Promise<void>((resolve) => {
    subscriber.on('message', (received) => received === topic && resolve());
  });
  await publisher.publishAsync(topic, '', { qos: 1 });
  await flushed;
}

describe('PUBACK', () => {
  it('is sent after the durable write, not before', async () => {
    const { promise: durable, resolve: makeDurable } = Promise.withResolvers<void>();
    started = await startIot(() => durable);
    await started.addRule('raw', RAW);
    const client = await started.connect();
    const acknowledged = vi.fn<() => void>();
    client.publish('dt/a', 'x', { qos: 1 }, acknowledged);
    await expect.poll(() => started.records, { timeout: 10_000 }).toHaveLength(1);
    await delay(100);
    expect(acknowledged).not.toHaveBeenCalled();
    makeDurable();
    await expect.poll(() => acknowledged.mock.calls, { timeout: 10_000 }).toHaveLength(1);
  });

  it('is sent when the write has failed for good, as AWS does, and the log names the loss', async () => {
    started = await startIot(() => Promise.reject(new Error('disk full')));
    await started.addRule('raw', RAW);
    const client = await started.connect();
    await client.publishAsync('dt/a', 'x', { qos: 1 });
    expect(started.log).toEqual([expect.stringContaining('topic rule "raw" lost a message on dt/a')]);
  });

  it('of one client does not wait for the write of another', async () => {
    const { promise: stuck, resolve: release } = Promise.withResolvers<void>();
    started = await startIot((streamName) => (streamName === 'stuck' ? stuck : Promise.resolve()));
    await started.addRule('stuck', "SELECT * FROM 'stuck'", { Actions: [kinesisTo('stuck')] });
    await started.addRule('raw', RAW);
    const [one, two] = [await started.connect(), await started.connect()];
    one.publish('stuck', 'x', { qos: 1 });
    await two.publishAsync('dt/a', 'x', { qos: 1 });
    release();
  });

  it('comes for Basic Ingest to a rule that does not exist', async () => {
    started = await startIot();
    const client = await started.connect();
    await client.publishAsync('$aws/rules/absent/a', 'x', { qos: 1 });
    expect(started.log).toEqual([expect.stringContaining('RuleNotFound')]);
  });
});

describe('messages', () => {
  it('of one client reach the stream in the order in which they were sent, under load', async () => {
    // Writes end out of order; what counts is when they were queued.
    started = await startIot(() => delay(Math.random() * 5));
    await started.addRule('raw', RAW);
    const client = await started.connect();
    const count = 2000;
    await Promise.all(
      Array.from({ length: count }, (_, index) => client.publishAsync(`dt/${index % 3}`, String(index), { qos: 1 })),
    );
    expect(started.records.map(({ data }) => Number(data))).toEqual(Array.from({ length: count }, (_, index) => index));
  });

  it('of QoS 0 reach the rules, too', async () => {
    started = await startIot();
    await started.addRule('raw', RAW);
    const client = await started.connect();
    await client.publishAsync('dt/a', 'zero', { qos: 0 });
    await client.publishAsync('dt/a', 'one', { qos: 1 });
    expect(started.records.map(({ data }) => String(data))).toEqual(['zero', 'one']);
  });

  it('carry client id, principal, time and a trace id of their own', async () => {
    started = await startIot();
    const sql = "SELECT clientid() AS c, principal() AS p, timestamp() AS t, traceid() AS id FROM 'dt/#'";
    await started.addRule('one', sql);
    await started.addRule('two', sql);
    const client = await started.connect({ clientId: 'sensor-1' });
    const before = Date.now();
    await client.publishAsync('dt/a', 'x', { qos: 1 });
    await client.publishAsync('dt/a', 'x', { qos: 1 });
    const rows = started.records.map(({ data }) => parseRow(data));
    expect(rows).toHaveLength(4);
    for (const row of rows) {
      expect(row).toMatchObject({ c: 'sensor-1', p: '' });
      expect(row.t).toBeGreaterThanOrEqual(before);
      expect(row.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    }
    // One message has one trace id in every rule; the next message has another.
    expect(rows[0]?.id).toBe(rows[1]?.id);
    expect(rows[2]?.id).toBe(rows[3]?.id);
    expect(rows[0]?.id).not.toBe(rows[2]?.id);
  });

  it('by Basic Ingest reach their rule and no subscriber', async () => {
    started = await startIot();
    await started.addRule('direct', "SELECT topic() AS topic FROM 'nobody'");
    const [publisher, subscriber] = [await started.connect(), await started.connect()];
    const received = collect(subscriber);
    await subscriber.subscribeAsync('#', { qos: 1 });
    await publisher.publishAsync('$aws/rules/direct/dt/x', 'x', { qos: 1 });
    await flush(publisher, subscriber);
    expect(String(started.records[0]?.data)).toBe('{"topic":"dt/x"}');
    expect(received.filter(([topic]) => topic.startsWith('$') || topic.startsWith('dt'))).toEqual([]);
  });

  it('published by the cloud reach rules and subscribers', async () => {
    started = await startIot();
    await started.addRule('raw', "SELECT * FROM 'twin/#'");
    const subscriber = await started.connect();
    const received = collect(subscriber);
    await subscriber.subscribeAsync('twin/+/t1/delta', { qos: 1 });
    expect(await started.iot.publish('twin/z/t1/delta', Buffer.from('d'), 1)).toEqual({ accepted: true });
    expect(await started.iot.publish('$aws/x', Buffer.from('d'), 0)).toMatchObject({ accepted: false });
    await flush(await started.connect(), subscriber);
    expect(received[0]).toEqual(['twin/z/t1/delta', 'd']);
    expect(started.records).toHaveLength(1);
  });

  it('of a will reach the rules when the client is lost', async () => {
    started = await startIot();
    await started.addRule('raw', RAW);
    const will = { topic: 'dt/gone', payload: Buffer.from('bye'), qos: 1 as const, retain: false };
    const client = await started.connect({ will });
    client.stream.destroy();
    await expect
      .poll(() => started.records, { timeout: 10_000 })
      .toMatchObject([{ partitionKey: 'dt/gone', data: Buffer.from('bye') }]);
  });
});

describe('sessions', () => {
  it('a persistent session gets its queued messages after it was away', async () => {
    started = await startIot();
    const session = { clientId: 'away', clean: false };
    const first = await started.connect(session);
    await first.subscribeAsync('cmd/#', { qos: 1 });
    await first.endAsync();
    await (await started.connect()).publishAsync('cmd/x', 'queued', { qos: 1 });
    const second = await started.connect(session);
    expect(await nextMessage(second)).toMatchObject({ topic: 'cmd/x', payload: 'queued' });
  });
});

describe('keep-alive', () => {
  it.each([
    [0, 1200],
    [1, 30],
    [29, 30],
    [30, 30],
    [1200, 1200],
    [1201, 1200],
  ])('%i s asked gives %i s', (asked, given) => expect(keepAliveSeconds(asked)).toBe(given));
});
