import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Transport } from '../../../edge-greengrass/ports.ts';
import { clientOptions } from '../../../edge-greengrass/transport/mqtt/client-options.ts';
import { createMqttTransport } from '../../../edge-greengrass/transport/mqtt/transport.ts';
import type { MqttSettings } from '../../../edge-greengrass/transport/settings.ts';
import { openDevelopmentCa } from '../../../local/iot/development-ca.ts';
import { type Broker, FORBIDDEN, startBroker } from '../greengrass/start-broker.ts';

const THING = 'gw-int-01';
const TOPIC = `$aws/rules/cityweave_ingest/dt/downtown_alpha/gateway/${THING}/frames`;
const payload = Uint8Array.of(1, 0, 255);

async function brokerForTest(...options: Parameters<typeof startBroker>): Promise<Broker> {
  const broker = await startBroker(...options);
  onTestFinished(() => broker.close());
  return broker;
}

async function transportTo(settings: Partial<MqttSettings> & { readonly url: string }) {
  const log: string[] = [];
  const transport = createMqttTransport({
    settings: { kind: 'mqtt', thingName: THING, payloadBytesMax: 131_072, ...settings },
    log: (line) => log.push(line),
    retryFirstMs: 20,
  });
  onTestFinished(() => transport.close());
  return { transport, log };
}

async function upTo(url: string): Promise<Transport> {
  const { transport } = await transportTo({ url });
  await expect.poll(() => transport.isUp()).toBe(true);
  return transport;
}

it('brings payloads to the broker as the thing, byte for byte', async () => {
  const broker = await brokerForTest();
  const transport = await upTo(broker.url);
  await transport.publish(TOPIC, payload);
  expect(broker.received).toEqual([{ topic: TOPIC, payload: Buffer.from(payload) }]);
  expect(broker.connected).toEqual([THING]);
});

it('takes 128 KB and no byte more', async () => {
  const broker = await brokerForTest();
  const transport = await upTo(broker.url);
  await transport.publish(TOPIC, new Uint8Array(131_072));
  await expect(transport.publish(TOPIC, new Uint8Array(131_073))).rejects.toMatchObject({ fault: 'too-large' });
});

it('refuses the seventeenth that waits for its acknowledgement', async () => {
  const broker = await brokerForTest();
  const transport = await upTo(broker.url);
  broker.holdAcknowledgements();
  const sixteen = Array.from({ length: 16 }, () => transport.publish(TOPIC, payload));
  await expect(transport.publish(TOPIC, payload)).rejects.toMatchObject({ fault: 'in-flight-full' });
  broker.releaseAcknowledgements();
  await Promise.all(sixteen);
});

it('refuses at once what is in flight when the line breaks, and what comes before it is back', async () => {
  const broker = await startBroker();
  const transport = await upTo(broker.url);
  const changes: boolean[] = [];
  transport.onLine((isUp) => changes.push(isUp));
  broker.holdAcknowledgements();
  const inFlight = transport.publish(TOPIC, payload);
  inFlight.catch(() => {});
  await expect.poll(() => broker.received.length).toBe(1);
  await broker.close();
  await expect(inFlight).rejects.toMatchObject({ fault: 'line-down' });
  await expect(transport.publish(TOPIC, payload)).rejects.toMatchObject({ fault: 'line-down' });
  expect(changes).toEqual([false]);

  const again = await brokerForTest(broker.port);
  await expect.poll(() => changes).toEqual([false, true]);
  await transport.publish(TOPIC, Uint8Array.of(9));
  expect(again.received.at(-1)?.payload).toEqual(Buffer.of(9));
});

it('hears commands, also those subscribed to without a line and after the broker restarted', async () => {
  const broker = await startBroker();
  const { transport } = await transportTo({ url: broker.url });
  const heard: string[] = [];
  await transport.subscribe(`cmd/downtown_alpha/gateway/${THING}/#`, (topic) => heard.push(topic));
  const ack = `cmd/downtown_alpha/gateway/${THING}/ack`;
  const publishUntilHeard = (to: Broker) =>
    expect
      .poll(async () => {
        await to.publish(ack, payload);
        return heard.length;
      })
      .toBeGreaterThan(0);
  await publishUntilHeard(broker);
  await broker.close();
  heard.length = 0;
  await publishUntilHeard(await brokerForTest(broker.port));
  expect(new Set(heard)).toEqual(new Set([ack]));
});

it('says what the broker does not let it hear', async () => {
  const transport = await upTo((await brokerForTest()).url);
  await expect(transport.subscribe(`${FORBIDDEN}#`, () => {})).rejects.toMatchObject({ fault: 'not-authorized' });
});

it('speaks TLS with a certificate of its own, and with none gets no line', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'cityweave-mtls-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const ca = await openDevelopmentCa(directory);
  const server = await ca.issueServerCertificate();
  const client = await ca.issueClientCertificate();
  const file = (name: string, pem: string): string => {
    writeFileSync(path.join(directory, name), pem);
    return path.join(directory, name);
  };
  const tls = {
    certificatePath: file('cert.pem', client.certificatePem),
    privateKeyPath: file('key.pem', client.privateKeyPem),
    caPath: file('ca.pem', ca.certificatePem),
  };
  const broker = await brokerForTest(0, {
    ca: ca.certificatePem,
    cert: server.certificatePem,
    key: server.privateKeyPem,
    rejectUnauthorized: true,
  });
  const { transport } = await transportTo({ url: broker.url, tls });
  await expect.poll(() => transport.isUp()).toBe(true);
  await transport.publish(TOPIC, payload);

  const { transport: stranger, log } = await transportTo({ url: broker.url });
  await expect.poll(() => log.length).toBeGreaterThan(0);
  expect(stranger.isUp()).toBe(false);
  expect(broker.connected).toEqual([THING]);
});

it('asks on port 443 for MQTT by ALPN, and on 8883 for nothing', () => {
  const tls = { certificatePath: import.meta.filename, privateKeyPath: import.meta.filename };
  const optionsOf = (url: string) =>
    clientOptions({ kind: 'mqtt', thingName: THING, url, payloadBytesMax: 131_072, tls });
  expect(optionsOf('mqtts://iot.test:443')).toHaveProperty('ALPNProtocols', ['x-amzn-mqtt-ca']);
  expect(optionsOf('mqtts://iot.test:8883')).not.toHaveProperty('ALPNProtocols');
});
