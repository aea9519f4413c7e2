/**
 * What AWS documents of its message broker, checked against the local cloud and, given a certificate, against AWS:
 * "MQTT" (https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html), "MQTT topics" (…/topics.html),
 * "Reserved topics" (…/reserved-topics.html) and
 * "AWS IoT Core message broker and protocol limits and quotas" (https://docs.aws.amazon.com/general/latest/gr/iot-core.html).
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { IClientOptions, MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { nextMessage, whenClosed } from '../../local/iot/mqtt-events.ts';
import { awsTarget, localTarget, type StartedTarget, type Target } from './target.ts';

/** How long to wait before "it did not come" is believed. */
const SILENCE_MS = 1000;

describe.each<Target>([localTarget, awsTarget])('the message broker of $name$skipReason', (broker) => {
  describe.skipIf(broker.skipReason !== '')('keeps the contract', () => {
    let target: StartedTarget;
    let clients: MqttClient[] = [];

    beforeAll(async () => {
      target = await broker.start();
    });
    afterAll(() => target.close());
    afterEach(async () => {
      await Promise.all(clients.map((client) => client.endAsync(true)));
      clients = [];
    });

    const connect = async (options: IClientOptions = {}): Promise<MqttClient> => {
      const client = await target.connect({ clientId: `${target.prefix}-${randomUUID()}`, ...options });
      clients.push(client);
      return client;
    };
    /** A topic that no other test uses. */
    const ownTopic = (): string => `${target.prefix}/${randomUUID()}`;
    const collect = (client: MqttClient): string[] => {
      const topics: string[] = [];
      client.on('message', (topic) => topics.push(topic));
      return topics;
    };

    it('delivers QoS 0 and QoS 1 to subscribers of the topic', async () => {
      const topic = ownTopic();
      const [publisher, subscriber] = [await connect(), await connect()];
      const received = collect(subscriber);
      await subscriber.subscribeAsync(topic, { qos: 1 });
      await publisher.publishAsync(topic, 'zero', { qos: 0 });
      await publisher.publishAsync(topic, 'one', { qos: 1 });
      await expect.poll(() => received, { timeout: 5000 }).toEqual([topic, topic]);
    });

    it('grants the quality of service that was asked, 0 or 1', async () => {
      const client = await connect();
      expect(await client.subscribeAsync(ownTopic(), { qos: 0 })).toMatchObject([{ qos: 0 }]);
      expect(await client.subscribeAsync(ownTopic(), { qos: 1 })).toMatchObject([{ qos: 1 }]);
    });

    it('matches wildcards: # not the parent, + one level', async () => {
      const base = ownTopic();
      const [publisher, multi, single] = [await connect(), await connect(), await connect()];
      const [byMulti, bySingle] = [collect(multi), collect(single)];
      await multi.subscribeAsync(`${base}/#`, { qos: 1 });
      await single.subscribeAsync(`${base}/+/end`, { qos: 1 });
      for (const topic of [base, `${base}/`, `${base}/a`, `${base}/a/end`, `${base}/a/b/end`]) {
        await publisher.publishAsync(topic, 'x', { qos: 1 });
      }
      await delay(SILENCE_MS);
      expect(byMulti.sort()).toEqual([`${base}/`, `${base}/a`, `${base}/a/b/end`, `${base}/a/end`]);
      expect(bySingle).toEqual([`${base}/a/end`]);
    });

    it('disconnects the first client when a second one comes with its id', async () => {
      const clientId = `${target.prefix}-${randomUUID()}`;
      const first = await connect({ clientId });
      const closed = whenClosed(first);
      const second = await connect({ clientId });
      await closed;
      expect(second.connected).toBe(true);
    });

    it('sends a retained message to a subscriber of the very topic, flagged, and to no wildcard', async () => {
      const topic = ownTopic();
      const [publisher, exact, wildcard] = [await connect(), await connect(), await connect()];
      await publisher.publishAsync(topic, 'kept', { qos: 1, retain: true });
      const byWildcard = collect(wildcard);
      await wildcard.subscribeAsync(`${topic.slice(0, topic.lastIndexOf('/'))}/+`, { qos: 1 });
      const message = nextMessage(exact);
      await exact.subscribeAsync(topic, { qos: 1 });
      expect(await message).toEqual({ topic, payload: 'kept', retain: true });
      await delay(SILENCE_MS);
      expect(byWildcard).not.toContain(topic);
      await publisher.publishAsync(topic, '', { qos: 1, retain: true });
    });

    it('keeps a persistent session: subscriptions, and QoS 1 messages that came meanwhile', async () => {
      const topic = ownTopic();
      const session = { clientId: `${target.prefix}-${randomUUID()}`, clean: false };
      const before = await connect(session);
      await before.subscribeAsync(topic, { qos: 1 });
      await before.endAsync();
      await (await connect()).publishAsync(topic, 'queued', { qos: 1 });
      const after = await connect(session);
      expect(await nextMessage(after)).toMatchObject({ topic, payload: 'queued' });
    });

    const levels = (slashes: number): string => `${target.prefix}${'/l'.repeat(slashes)}`;
    it.each<[string, (client: MqttClient) => void]>([
      ['a topic with 8 slashes', (client) => void client.publish(levels(8), 'x')],
      ['a topic of 257 bytes', (client) => void client.publish(`${target.prefix}/`.padEnd(257, 'x'), 'x')],
      ['a payload of 128 KB and a byte', (client) => void client.publish(ownTopic(), Buffer.alloc(131_073))],
      ['a publish with QoS 2', (client) => void client.publish(ownTopic(), 'x', { qos: 2 })],
      ['a publish on a reserved topic', (client) => void client.publish('$contract/x', 'x')],
      ['a filter with 8 slashes', (client) => void client.subscribe(levels(8), () => {})],
      ['9 filters in a SUBSCRIBE', (client) => void client.subscribe(Array.from({ length: 9 }, ownTopic), () => {})],
    ])('disconnects a client for %s', async (_what, act) => {
      const client = await connect();
      const closed = whenClosed(client);
      act(client);
      await closed;
    });

    it.each<[string, (client: MqttClient) => Promise<unknown>]>([
      ['a topic with 7 slashes', (client) => client.publishAsync(levels(7), 'x', { qos: 1 })],
      ['a topic of 256 bytes', (client) => client.publishAsync(`${target.prefix}/`.padEnd(256, 'x'), 'x', { qos: 1 })],
      ['a payload of 128 KB', (client) => client.publishAsync(ownTopic(), Buffer.alloc(131_072), { qos: 1 })],
      ['8 filters in a SUBSCRIBE', (client) => client.subscribeAsync(Array.from({ length: 8 }, ownTopic))],
    ])('takes %s', async (_what, act) => {
      await act(await connect());
    });

    it('acknowledges no subscription with QoS 2', async () => {
      const client = await connect();
      let granted = false;
      client.subscribe(ownTopic(), { qos: 2 }, (error) => {
        granted = !error;
      });
      await delay(SILENCE_MS);
      expect(granted).toBe(false);
    });
  });
});
