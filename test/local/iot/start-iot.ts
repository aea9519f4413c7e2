import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import type { Invoke } from '../../../local/iot/authorizers.ts';
import type { InvokeAsync, MayInvoke } from '../../../local/iot/actions/lambda.ts';
import type { PutRecord } from '../../../local/iot/actions/kinesis.ts';
import type { PutObject } from '../../../local/iot/actions/s3.ts';
import { createIotCore, type IotCore } from '../../../local/iot/iot-core.ts';

interface PutCall {
  readonly streamName: string;
  readonly partitionKey: string;
  readonly data: Buffer;
}

export interface StartedIot {
  readonly iot: IotCore;
  readonly port: number;
  readonly log: string[];
  /** Records in the order in which they were put. */
  readonly records: PutCall[];
  addRule(name: string, sql: string, more?: Readonly<Record<string, unknown>>): Promise<void>;
  connect(options?: IClientOptions): Promise<MqttClient>;
  close(): Promise<void>;
}

/** Shorter than in earnest. */
export const RETRY_DELAYS_MS = [10, 20];

export function kinesisTo(streamName: string, partitionKey = '${topic()}'): object {
  return {
    Kinesis: { StreamName: streamName, PartitionKey: partitionKey, RoleArn: 'arn:aws:iam::000000000000:role/r' },
  };
}

interface OtherPorts {
  readonly invokeAsync?: InvokeAsync;
  readonly mayInvoke?: MayInvoke;
  readonly putObject?: PutObject;
  readonly invoke?: Invoke;
}

/** IoT Core on a free port. `putRecord` decides what becomes of a record after it was noted in `records`. */
export async function startIot(
  putRecord: PutRecord = async () => {},
  {
    invokeAsync = async () => {},
    mayInvoke = () => true,
    putObject = async () => {},
    invoke = () => Promise.reject(new Error('no function here')),
  }: OtherPorts = {},
): Promise<StartedIot> {
  const log: string[] = [];
  const records: PutCall[] = [];
  const clients: MqttClient[] = [];
  const directory = mkdtempSync(path.join(tmpdir(), 'cityweave-iot-'));
  const iot = await createIotCore({
    directory,
    invoke,
    putRecord: (streamName, partitionKey, data) => {
      records.push({ streamName, partitionKey, data });
      return putRecord(streamName, partitionKey, data);
    },
    invokeAsync,
    mayInvoke,
    putObject,
    nowMs: Date.now,
    newTraceId: randomUUID,
    log: (line) => log.push(line),
    actionRetryDelaysMs: RETRY_DELAYS_MS,
  });
  const port = await iot.listen(0);
  return {
    iot,
    port,
    log,
    records,
    async addRule(name, sql, more = {}) {
      const payload = { Sql: sql, AwsIotSqlVersion: '2016-03-23', Actions: [kinesisTo('ingest')], ...more };
      await createTopicRule(iot, { RuleName: name, TopicRulePayload: payload });
    },
    async connect(options = {}) {
      const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, ...options });
      // An unhandled 'error' event would end the process; tests look at 'close' and at promises.
      client.on('error', () => {});
      clients.push(client);
      return client;
    },
    async close() {
      await Promise.all(clients.map((client) => client.endAsync(true)));
      await iot.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export async function createTopicRule(iot: IotCore, properties: Readonly<Record<string, unknown>>) {
  const provider = iot.providers.find(({ type }) => type === 'AWS::IoT::TopicRule');
  if (provider === undefined) {
    throw new Error('IoT Core offers no provider for topic rules');
  }
  return provider.create({
    stackName: 'Ingest',
    logicalId: 'Rule1',
    type: provider.type,
    properties,
    metadata: {},
    assemblyDirectory: '/nowhere',
  });
}
