import { randomUUID } from 'node:crypto';
import { greengrasscoreipc } from 'aws-iot-device-sdk-v2';
import { describe, expect, it } from 'vitest';
import { connectSdk, errorCodeOf } from './connect-sdk.ts';
import { CLASSIC, LITE } from './nucleus-kind.ts';
import { startForTest, THING_NAME } from './start-for-test.ts';

const { AT_LEAST_ONCE } = greengrasscoreipc.model.QOS;

interface Target {
  readonly socketPath: string;
  readonly svcuid: string;
  readonly thingName: string;
}

/** Of a component on a core device whose accessControl is that of the recipe, exported from its own environment. */
const { CITYWEAVE_TEST_NUCLEUS_SOCKET, CITYWEAVE_TEST_NUCLEUS_SVCUID, CITYWEAVE_TEST_NUCLEUS_THING } = process.env;

const TARGETS: readonly (readonly [name: string, start: (() => Promise<Target>) | undefined])[] = [
  ...[LITE, CLASSIC].map(
    (kind) =>
      [
        `the stand-in for nucleus ${kind.name}`,
        async () => {
          const { socketPath, component } = await startForTest(kind);
          return { socketPath, svcuid: component.svcuid, thingName: THING_NAME };
        },
      ] as const,
  ),
  [
    'a real nucleus (needs CITYWEAVE_TEST_NUCLEUS_SOCKET, _SVCUID and _THING of a deployed component)',
    CITYWEAVE_TEST_NUCLEUS_SOCKET === undefined
      ? undefined
      : async () => ({
          socketPath: CITYWEAVE_TEST_NUCLEUS_SOCKET,
          svcuid: CITYWEAVE_TEST_NUCLEUS_SVCUID ?? '',
          thingName: CITYWEAVE_TEST_NUCLEUS_THING ?? '',
        }),
  ],
];

describe.for(TARGETS)('%s', ([, start]) => {
  const its = it.skipIf(start === undefined);
  const connect = async () => {
    if (start === undefined) throw new Error('skipped');
    const target = await start();
    return { ...target, client: await connectSdk(target.socketPath, target.svcuid) };
  };

  its('lets nobody in without a token that it gave', async () => {
    const { socketPath } = await connect();
    await expect(connectSdk(socketPath, randomUUID())).rejects.toThrow();
  });

  its('brings a payload to the broker and acknowledges it', async () => {
    const { client, thingName } = await connect();
    const topicName = `$aws/rules/cityweave_ingest/dt/downtown_alpha/gateway/${thingName}/frames`;
    const response = await client.publishToIoTCore({
      topicName,
      qos: AT_LEAST_ONCE,
      payload: Uint8Array.of(0, 255, 7),
    });
    expect(response).toEqual({});
  });

  its('refuses what accessControl does not name, and goes on', async () => {
    const { client, thingName } = await connect();
    const elsewhere = `$aws/rules/cityweave_ingest/dt/downtown_alpha/gateway/${thingName}2/frames`;
    const publish = client.publishToIoTCore({ topicName: elsewhere, qos: AT_LEAST_ONCE, payload: 'x' });
    expect(await errorCodeOf(publish)).toBe('UnauthorizedError');
    const subscribe = client.subscribeToIoTCore({ topicName: 'cmd/#', qos: AT_LEAST_ONCE }).activate();
    expect(await errorCodeOf(subscribe)).toBe('UnauthorizedError');
    const local = client.publishToTopic({ topic: 'others/x', publishMessage: { binaryMessage: { message: 'x' } } });
    expect(await errorCodeOf(local)).toBe('UnauthorizedError');
    expect(await client.getConfiguration({ keyPath: [] })).toHaveProperty('value.accessControl');
  });

  its('says that a key is not there', async () => {
    const { client } = await connect();
    expect(await errorCodeOf(client.getConfiguration({ keyPath: ['nowhere'] }))).toBe('ResourceNotFoundError');
  });

  its('carries messages between components', async () => {
    const { client } = await connect();
    const arrived = Promise.withResolvers<unknown>();
    const subscription = client.subscribeToTopic({ topic: 'cityweave/contract' });
    subscription.on('message', ({ binaryMessage }) => arrived.resolve(binaryMessage?.message));
    await subscription.activate();
    const message = Uint8Array.of(1, 0, 254);
    await client.publishToTopic({ topic: 'cityweave/contract', publishMessage: { binaryMessage: { message } } });
    expect(new Uint8Array((await arrived.promise) as ArrayBuffer)).toEqual(message);
  });

  its('takes the state that a component reports', async () => {
    const { client } = await connect();
    const state = greengrasscoreipc.model.ReportedLifecycleState.RUNNING;
    expect(await client.updateState({ state })).toEqual({});
  });
});
