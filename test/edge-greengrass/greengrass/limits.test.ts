import { greengrasscoreipc } from 'aws-iot-device-sdk-v2';
import { expect, it } from 'vitest';
import { connectSdk, errorCodeOf } from './connect-sdk.ts';
import { CLASSIC, LITE, type NucleusKind } from './nucleus-kind.ts';
import { startBroker } from './start-broker.ts';
import { FRAMES_TOPIC, type NucleusForTest, startForTest } from './start-for-test.ts';

async function start(kind: NucleusKind) {
  const started = await startForTest(kind);
  const client = await connectSdk(started.socketPath, started.component.svcuid);
  return { started, client, publish: publisher(client) };
}

function publisher(client: greengrasscoreipc.Client) {
  return (bytes: number): Promise<unknown> =>
    client.publishToIoTCore({
      topicName: FRAMES_TOPIC,
      qos: greengrasscoreipc.model.QOS.AT_LEAST_ONCE,
      payload: new Uint8Array(bytes),
    });
}

it('lite takes 4,608 bytes and refuses 4,609', async () => {
  const { publish } = await start(LITE);
  await publish(4608);
  expect(await errorCodeOf(publish(4609))).toBe('ServiceError');
});

it('lite closes the connection of a component that publishes 8,000 bytes', async () => {
  const { client, publish } = await start(LITE);
  const closed = new Promise((resolve) => client.on('disconnection', resolve));
  publish(8000).catch(() => {});
  await closed;
});

it('classic takes 128 KB and refuses a byte more', async () => {
  const { publish } = await start(CLASSIC);
  await publish(128 * 1024);
  expect(await errorCodeOf(publish(128 * 1024 + 1))).toBe('ServiceError');
});

it('lite has room for 10 that are not acknowledged, and refuses the eleventh at once', async () => {
  const { started, publish } = await start(LITE);
  started.broker.holdAcknowledgements();
  const ten = Array.from({ length: 10 }, () => publish(1));
  await expect.poll(() => started.nucleus.state.cloud.inFlightMost()).toBe(10);
  expect(await errorCodeOf(publish(1))).toBe('ServiceError');
  started.broker.releaseAcknowledgements();
  await Promise.all(ten);
  await publish(1);
  expect(started.nucleus.state.cloud.inFlightMost()).toBe(10);
});

it('lite keeps nothing while the cloud is away', async () => {
  const { started, publish } = await start(LITE);
  await publish(1);
  await cutLine(started);
  await expect.poll(() => errorCodeOf(publish(1))).toBe('ServiceError');
});

it('classic keeps what fits into 2.5 MB while the cloud is away, and brings it later', async () => {
  const { started, publish } = await start(CLASSIC);
  await publish(1);
  const { port } = started.broker;
  await cutLine(started);
  for (let count = 0; count < 20; count += 1) await publish(128 * 1024);
  expect(await errorCodeOf(publish(1))).toBe('ServiceError');
  const broker = await startBroker(port);
  await expect.poll(() => broker.received.length).toBeGreaterThanOrEqual(20);
  await broker.close();
});

async function cutLine({ broker }: NucleusForTest): Promise<void> {
  await broker.close();
}
