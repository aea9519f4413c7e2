import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type Component, type NucleusStandIn, startNucleus } from './nucleus.ts';
import { LITE, type NucleusKind } from './nucleus-kind.ts';
import { type Broker, startBroker } from './start-broker.ts';

export const THING_NAME = 'gw-int-01';
export const COMPONENT_NAME = 'cityweave.Gateway';

/** As the recipe allows it, with `+` for the zone. */
export const ACCESS_CONTROL = {
  'aws.greengrass.ipc.mqttproxy': {
    publish: {
      operations: ['aws.greengrass#PublishToIoTCore'],
      resources: ['cityweave_ingest', 'cityweave_critical'].map(
        (rule) => `$aws/rules/${rule}/dt/+/gateway/{iot:thingName}/frames`,
      ),
    },
    subscribe: {
      operations: ['aws.greengrass#SubscribeToIoTCore'],
      resources: ['cmd/+/gateway/{iot:thingName}/#'],
    },
  },
  'aws.greengrass.ipc.pubsub': {
    local: {
      operations: ['aws.greengrass#PublishToTopic', 'aws.greengrass#SubscribeToTopic'],
      resources: ['cityweave/*'],
    },
  },
};

export const FRAMES_TOPIC = `$aws/rules/cityweave_ingest/dt/downtown_alpha/gateway/${THING_NAME}/frames`;
export const COMMANDS_FILTER = `cmd/downtown_alpha/gateway/${THING_NAME}/#`;

export interface NucleusForTest {
  readonly component: Component;
  readonly socketPath: string;
  readonly broker: Broker;
  nucleus: NucleusStandIn;
  /** On the same socket, with the same broker and components. */
  restart(): Promise<void>;
}

/** A nucleus with one component, and a broker behind it; both end with the test. */
export async function startForTest(kind: NucleusKind = LITE): Promise<NucleusForTest> {
  const directory = mkdtempSync(path.join(tmpdir(), 'cityweave-ipc-'));
  const socketPath = path.join(directory, 'ipc.socket');
  const broker = await startBroker();
  const component = { name: COMPONENT_NAME, svcuid: randomUUID(), configuration: { accessControl: ACCESS_CONTROL } };
  const options = { kind, socketPath, thingName: THING_NAME, components: [component], brokerUrl: broker.url };
  const startConnected = async (): Promise<NucleusStandIn> => {
    const nucleus = await startNucleus(options);
    await expect.poll(() => nucleus.state.cloud.isConnected()).toBe(true);
    return nucleus;
  };
  const started: NucleusForTest = {
    component,
    socketPath,
    broker,
    nucleus: await startConnected(),
    async restart() {
      await started.nucleus.close();
      started.nucleus = await startConnected();
    },
  };
  onTestFinished(async () => {
    await started.nucleus.close();
    await broker.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return started;
}
