import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { connect, type Connections } from '../../../edge-greengrass/transport/connect.ts';
import type { GreengrassSettings } from '../../../edge-greengrass/transport/settings.ts';
import { createGreengrassTransport } from '../../../edge-greengrass/transport/greengrass/transport.ts';
import { NUCLEUS_LIMITS } from '../../../edge-greengrass/transport/greengrass/limits.ts';
import { createSession } from '../../../edge-greengrass/transport/greengrass/session.ts';
import { CLASSIC, LITE, type NucleusKind } from '../greengrass/nucleus-kind.ts';
import { startBroker } from '../greengrass/start-broker.ts';
import {
  ACCESS_CONTROL,
  COMMANDS_FILTER,
  FRAMES_TOPIC,
  type NucleusForTest,
  startForTest,
  THING_NAME,
} from '../greengrass/start-for-test.ts';

interface Started extends NucleusForTest {
  readonly gateway: Connections;
  readonly log: string[];
}

async function start(kind: NucleusKind = LITE): Promise<Started> {
  const started = await startForTest(kind);
  const settings: GreengrassSettings = {
    kind: 'greengrass',
    thingName: THING_NAME,
    socketPath: started.socketPath,
    authToken: started.component.svcuid,
    nucleus: kind.name,
  };
  const log: string[] = [];
  const gateway = await connect(settings, (line) => log.push(line));
  onTestFinished(() => gateway.close());
  return Object.assign(started, { gateway, log });
}

const payload = Uint8Array.of(1, 0, 255);

const SESSION = new URL('../../../edge-greengrass/transport/greengrass/session.ts', import.meta.url);

it('brings payloads from the component to the broker, byte for byte', async () => {
  const { gateway, broker } = await start();
  await gateway.transport.publish(FRAMES_TOPIC, payload);
  expect(broker.received).toEqual([{ topic: FRAMES_TOPIC, payload: Buffer.from(payload) }]);
});

it.for([LITE, CLASSIC])('keeps to what nucleus $name takes: a payload at the limit goes', async (kind) => {
  const { gateway, broker } = await start(kind);
  const { payloadBytesMax } = gateway.transport;
  expect(payloadBytesMax).toBe(kind.name === 'lite' ? 4096 : 131_072);
  await gateway.transport.publish(FRAMES_TOPIC, new Uint8Array(payloadBytesMax));
  const larger = gateway.transport.publish(FRAMES_TOPIC, new Uint8Array(payloadBytesMax + 1));
  await expect(larger).rejects.toMatchObject({ fault: 'too-large' });
  expect(broker.received).toHaveLength(1);
});

it('hears the commands that the cloud sends', async () => {
  const { gateway, broker } = await start();
  const heard: [string, Uint8Array][] = [];
  await gateway.transport.subscribe(COMMANDS_FILTER, (topic, bytes) => heard.push([topic, bytes]));
  const topic = COMMANDS_FILTER.replace('#', 'resync');
  await broker.publish(topic, payload);
  await expect.poll(() => heard).toEqual([[topic, payload]]);
});

it('refuses the ninth that waits at once, so that lite never has to', async () => {
  const { gateway, broker, nucleus } = await start();
  await gateway.transport.publish(FRAMES_TOPIC, payload);
  broker.holdAcknowledgements();
  const eight = Array.from({ length: 8 }, () => gateway.transport.publish(FRAMES_TOPIC, payload));
  await expect(gateway.transport.publish(FRAMES_TOPIC, payload)).rejects.toMatchObject({ fault: 'in-flight-full' });
  expect(gateway.transport.isUp()).toBe(true);
  await expect.poll(() => nucleus.state.cloud.inFlightMost()).toBe(8);
  broker.releaseAcknowledgements();
  await Promise.all(eight);
  await gateway.transport.publish(FRAMES_TOPIC, payload);
  expect(nucleus.state.cloud.inFlightMost()).toBe(8);
});

it('tells that the line went with a failed publish, refuses at once, and tries one later until it is back', async () => {
  const { broker, socketPath, component, nucleus } = await startForTest();
  const session = await createSession({ socketPath, authToken: component.svcuid, log: () => {} });
  const transport = createGreengrassTransport({ session, limits: NUCLEUS_LIMITS.lite, probeFirstMs: 50 });
  onTestFinished(() => transport.close());
  const changes: boolean[] = [];
  transport.onLine((isUp) => changes.push(isUp));
  await transport.publish(FRAMES_TOPIC, payload);
  await broker.close();

  await expect(transport.publish(FRAMES_TOPIC, payload)).rejects.toMatchObject({ fault: 'line-down' });
  expect(transport.isUp()).toBe(false);
  await expect(transport.publish(FRAMES_TOPIC, payload)).rejects.toMatchObject({ fault: 'line-down' });
  await expect.poll(() => transport.isUp()).toBe(true);

  const again = await startBroker(broker.port);
  onTestFinished(() => again.close());
  again.holdAcknowledgements();
  // The line may be tried before the nucleus is connected again, and then goes once more.
  await expect
    .poll(async () => {
      const first = transport.publish(FRAMES_TOPIC, payload);
      const second = transport.publish(FRAMES_TOPIC, payload).catch((error: unknown) => error);
      first.catch(() => {});
      await expect.poll(() => again.received.length + Number(!transport.isUp())).toBeGreaterThan(0);
      again.releaseAcknowledgements();
      return {
        first: await first.then(
          () => 'sent',
          () => 'failed',
        ),
        second: await second,
      };
    })
    .toMatchObject({ first: 'sent', second: { fault: 'in-flight-full' } });
  expect(changes.slice(0, 2)).toEqual([false, true]);
  expect(nucleus.connections()).toBe(1);
});

it('subscribes while the cloud is away, and then hears each command once', async () => {
  const { gateway, broker } = await start();
  await gateway.transport.publish(FRAMES_TOPIC, payload);
  await broker.close();
  await expect.poll(() => gateway.transport.publish(FRAMES_TOPIC, payload).catch(() => 'down')).toBe('down');
  const heard: number[] = [];
  await gateway.transport.subscribe(COMMANDS_FILTER, (_topic, [number = 0]) => heard.push(number));
  const again = await startBroker(broker.port);
  onTestFinished(() => again.close());
  const topic = COMMANDS_FILTER.replace('#', 'ack');
  let sent = 0;
  await expect
    .poll(async () => {
      await again.publish(topic, Uint8Array.of((sent += 1)));
      return heard.length;
    })
    .toBeGreaterThan(2);
  expect(new Set(heard).size).toBe(heard.length);
});

it('survives a restart of the nucleus: the line, subscriptions and the local bus come back', async () => {
  const started = await start();
  const { gateway, broker, log } = started;
  const commands: string[] = [];
  const local: Uint8Array[] = [];
  const changes: boolean[] = [];
  gateway.transport.onLine((isUp) => changes.push(isUp));
  await gateway.transport.subscribe(COMMANDS_FILTER, (topic) => commands.push(topic));
  await gateway.localBus.subscribe('cityweave/cameras', (bytes) => local.push(bytes));

  await started.restart();
  await expect.poll(() => changes).toEqual([false, true]);
  await expect.poll(() => gateway.transport.publish(FRAMES_TOPIC, payload).catch(String)).toBe(undefined);
  await expect
    .poll(async () => {
      await broker.publish(COMMANDS_FILTER.replace('#', 'ack'), payload);
      await gateway.localBus.publish('cityweave/cameras', payload);
      return commands.length > 0 && local.length > 0;
    })
    .toBe(true);
  expect(log).toContain('the Greengrass nucleus has closed the connection');
});

it('starts before the nucleus does, and before it answers refuses at once', async () => {
  const started = await startForTest();
  await started.nucleus.close();
  const session = await createSession({
    socketPath: started.socketPath,
    authToken: started.component.svcuid,
    log: () => {},
  });
  const transport = createGreengrassTransport({ session, limits: NUCLEUS_LIMITS.lite });
  onTestFinished(() => transport.close());
  await expect(transport.publish(FRAMES_TOPIC, payload)).rejects.toMatchObject({ fault: 'line-down' });
  await started.restart();
  await expect.poll(() => transport.isUp()).toBe(true);
  await transport.publish(FRAMES_TOPIC, payload);
});

it('says what accessControl does not allow, and takes that for no failure of the line', async () => {
  const { gateway } = await start();
  const elsewhere = FRAMES_TOPIC.replace(THING_NAME, 'another');
  const publish = gateway.transport.publish(elsewhere, payload);
  await expect(publish).rejects.toMatchObject({ fault: 'not-authorized', message: expect.stringContaining(elsewhere) });
  await expect(gateway.transport.subscribe('cmd/#', () => {})).rejects.toMatchObject({ fault: 'not-authorized' });
  await gateway.transport.publish(FRAMES_TOPIC, payload);
});

it('reads the configuration, and tells once of a deployment that changes many keys', async () => {
  const { gateway, nucleus, component } = await start();
  const source = gateway.configuration;
  if (source === undefined) throw new Error('a nucleus has a configuration');
  expect(await source.read()).toEqual({});
  let changes = 0;
  source.onChange(() => (changes += 1));
  await expect.poll(() => nucleus.state.watchers.size).toBe(1);
  const gatewayConfiguration = { identity: { asset_id: 'int-01-traffic' }, sensors: {} };
  const configuration = { accessControl: ACCESS_CONTROL, edge_gateway_v3: gatewayConfiguration, other: '1' };
  nucleus.configure(component.name, configuration);
  await expect.poll(() => changes).toBe(1);
  expect(await source.read()).toEqual({ edge_gateway_v3: gatewayConfiguration });
});

it('tells of a configuration that may have changed while the nucleus was away', async () => {
  const started = await start();
  let changes = 0;
  started.gateway.configuration?.onChange(() => (changes += 1));
  await expect.poll(() => started.nucleus.state.watchers.size).toBe(1);
  await started.restart();
  await expect.poll(() => changes).toBe(1);
});

it('reports how the component does', async () => {
  const { gateway, nucleus } = await start();
  await gateway.supervisor.report('running');
  await gateway.supervisor.report('errored');
  expect(nucleus.state.reported).toEqual(['RUNNING', 'ERRORED']);
});

it('gives up on a payload that the nucleus never answers for, and says that the line is down', async () => {
  const { broker, socketPath, component } = await startForTest();
  const session = await createSession({ socketPath, authToken: component.svcuid, log: () => {}, callTimeoutMs: 200 });
  const transport = createGreengrassTransport({ session, limits: NUCLEUS_LIMITS.lite });
  onTestFinished(() => transport.close());
  broker.holdAcknowledgements();
  await expect(transport.publish(FRAMES_TOPIC, payload)).rejects.toMatchObject({ fault: 'line-down' });
  expect(transport.isUp()).toBe(false);
});

it('starts although the nucleus takes the connection and says nothing', async () => {
  const { socketPath } = await startForTest();
  const silent = `${socketPath}.silent`;
  const server = createServer(() => {}).listen(silent);
  onTestFinished(() => void server.close());
  const log: string[] = [];
  const session = await createSession({
    socketPath: silent,
    authToken: 'x',
    log: (line) => log.push(line),
    callTimeoutMs: 100,
  });
  expect(session.isConnected()).toBe(false);
  expect(log).toEqual([expect.stringContaining(`does not answer at ${silent}`)]);
  await session.close();
});

it('ends the process where the nucleus does not know it any more, so that it is started with a new token', async () => {
  const { socketPath } = await startForTest();
  const program = `
    import { createSession } from ${JSON.stringify(SESSION.href)};
    setInterval(() => {}, 1000);
    await createSession({ socketPath: ${JSON.stringify(socketPath)}, authToken: 'old', log() {}, refusalsMax: 2 });`;
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  await expect(run).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('the Greengrass nucleus does not know this process'),
  });
});
