import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { createIotCore } from '../../../local/iot/iot-core.ts';

/** A message broker that the contract is checked against. */
export interface Target {
  readonly name: string;
  /** Empty where the target can be reached. */
  readonly skipReason: string;
  start(): Promise<StartedTarget>;
}

export interface StartedTarget {
  /** The certificate's policy may tie client ids and topics to a prefix; all of the contract's begin with it. */
  readonly prefix: string;
  connect(options?: IClientOptions): Promise<MqttClient>;
  close(): Promise<void>;
}

export const localTarget: Target = {
  name: 'local cloud',
  skipReason: '',
  async start() {
    const directory = mkdtempSync(path.join(tmpdir(), 'cityweave-iot-'));
    const iot = await createIotCore({
      directory,
      invoke: () => Promise.reject(new Error('no authorizer here')),
      putRecord: async () => {},
      invokeAsync: async () => {},
      mayInvoke: () => true,
      putObject: async () => {},
      nowMs: Date.now,
      newTraceId: randomUUID,
      log: () => {},
    });
    const port = await iot.listen(0);
    const close = async (): Promise<void> => {
      await iot.close();
      rmSync(directory, { recursive: true });
    };
    return { prefix: 'contract', connect: connector(`mqtt://127.0.0.1:${port}`), close };
  },
};

const VARIABLES = ['CONTRACT_IOT_ENDPOINT', 'CONTRACT_IOT_CERTIFICATE', 'CONTRACT_IOT_PRIVATE_KEY'] as const;

/**
 * AWS IoT Core: the endpoint's host name and paths of the PEM files of a certificate whose policy allows everything
 * below the prefix (`CONTRACT_IOT_PREFIX`, `contract` by default), for client ids, topics and filters.
 */
export const awsTarget: Target = {
  name: 'AWS IoT Core',
  skipReason: VARIABLES.every((name) => process.env[name]) ? '' : ` (skipped: set ${VARIABLES.join(', ')})`,
  async start() {
    const [endpoint, certificate, privateKey] = VARIABLES.map((name) => process.env[name] ?? '');
    const tls = { cert: readFileSync(certificate ?? ''), key: readFileSync(privateKey ?? '') };
    return {
      prefix: process.env.CONTRACT_IOT_PREFIX ?? 'contract',
      connect: connector(`mqtts://${endpoint}:8883`, tls),
      close: async () => {},
    };
  },
};

function connector(url: string, defaults: IClientOptions = {}): StartedTarget['connect'] {
  return async (options = {}) => {
    const client = await connectAsync(url, { reconnectPeriod: 0, ...defaults, ...options });
    // Without a listener the event would end the process; tests look at 'close' and at promises.
    client.on('error', () => {});
    return client;
  };
}
