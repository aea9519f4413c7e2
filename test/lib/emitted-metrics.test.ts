import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../local/start.ts';
import { sharedAssembly } from '../setup/shared-assembly.ts';

/** Synthesis and every service, on a machine that does much else. */
const START_TIMEOUT_MS = 180_000;
const EMIT_TIMEOUT_MS = 30_000;
const NAMESPACE = 'cityweave';

const scratch = mkdtempSync(join(tmpdir(), 'cityweave-metrics-'));
let cloud: LocalCloud;
let mqtt: MqttClient;

beforeAll(async () => {
  const assemblyDirectory = await sharedAssembly();
  cloud = await startLocalCloud({ dataDirectory: scratch, portBase: 0, city: false, assemblyDirectory });
  mqtt = await connectAsync(cloud.addresses.mqtt, { clientId: 'metrics' });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await mqtt?.endAsync();
  await cloud?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

describe('an alarm or a graph', () => {
  it(
    'watches nothing of ours but what a deployed function emits, with the same dimensions',
    async () => {
      const watched = [...new Set(metricsIn(await operationsTemplate()))].toSorted();
      // Otherwise there would be nothing to compare.
      expect(watched).toContain('ReadingsAccepted service=normalizer zone=centre');
      expect(watched.length).toBeGreaterThan(10);

      await publishEverywhere();
      await failToDeliver();
      await runSchedule('cityweave-review-opener');
      await runSchedule('cityweave-sync-receiver');
      await runSchedule('cityweave-calibration', { buckets: { from: 0, to: 1 } });
      await expect
        .poll(() => watched.filter((metric) => !emitted().has(metric)), { timeout: EMIT_TIMEOUT_MS })
        .toEqual([]);
    },
    START_TIMEOUT_MS,
  );
});

/** A reading of every zone that is accepted, and one that is not. */
async function publishEverywhere(): Promise<void> {
  const reading = JSON.stringify({ attributes: { noiseLevel: 50, LAeq: 50 } });
  const car = JSON.stringify({ attributes: { occupiedSpotNumber: 3, totalSpotNumber: 9 } });
  for (const zone of ['centre', 'eastside', 'jewellery-quarter', 'edgbaston', 'downtown_alpha']) {
    await mqtt.publishAsync(`dt/${zone}/OffStreetParking/metrics-${zone}/counter`, car, { qos: 1 });
  }
  await mqtt.publishAsync('dt/centre/NoiseLevelObserved/metrics-noise/meter', `${reading} no json`, { qos: 1 });
}

/** An object where failed deliveries go. */
async function failToDeliver(): Promise<void> {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const s3 = new S3Client({ endpoint: cloud.addresses.aws, region: 'us-east-1', forcePathStyle: true, credentials });
  const { Buckets: buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const bucket = buckets.find(({ Name }) => Name?.startsWith('cityweave-failures-'));
  await s3.send(
    new PutObjectCommand({ Bucket: bucket?.Name, Key: 'rules/by-hand.json', Body: 'not an error message' }),
  );
  s3.destroy();
}

/** As its schedule does, without waiting for it. */
async function runSchedule(functionName: string, input: object = {}): Promise<void> {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const lambda = new LambdaClient({ endpoint: cloud.addresses.aws, region: 'us-east-1', credentials });
  await lambda.send(new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(input)) }));
  lambda.destroy();
}

/** Every metric of ours in the log files of the functions, as CloudWatch would make it out of the embedded format. */
function emitted(): Set<string> {
  const logs = join(scratch, 'logs');
  const found = new Set<string>();
  for (const file of readdirSync(logs)) {
    for (const line of readFileSync(join(logs, file), 'utf8').split('\n')) {
      if (!line.includes('"CloudWatchMetrics"')) continue;
      for (const metric of metricsOfLine(line)) found.add(metric);
    }
  }
  return found;
}

interface Embedded {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

function metricsOfLine(line: string): string[] {
  const record: Embedded & Readonly<Record<string, unknown>> = JSON.parse(line.slice(line.indexOf('{')));
  return record._aws.CloudWatchMetrics.filter(({ Namespace }) => Namespace === NAMESPACE).flatMap(
    ({ Dimensions, Metrics }) =>
      Dimensions.flatMap((names) =>
        Metrics.map(({ Name }) =>
          named(
            Name,
            names.map((name) => [name, String(record[name])]),
          ),
        ),
      ),
  );
}

function named(metric: string, dimensions: readonly (readonly [string, string])[]): string {
  const pairs = dimensions.map(([name, value]) => `${name}=${value}`);
  return [metric, ...pairs.toSorted()].join(' ');
}

async function operationsTemplate(): Promise<unknown> {
  return JSON.parse(readFileSync(join(await sharedAssembly(), 'Cityweave-Operations.template.json'), 'utf8'));
}

interface MetricReference {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
}

/** Every metric of ours that the template names: in alarms, in their expressions, and as a graph's list. */
function metricsIn(value: unknown): string[] {
  if (typeof value === 'string') return metricsOfGraphs(value);
  if (typeof value !== 'object' || value === null) return [];
  const { Namespace, MetricName, Dimensions = [] }: MetricReference = value;
  const own =
    Namespace === NAMESPACE && MetricName !== undefined
      ? [
          named(
            MetricName,
            Dimensions.map(({ Name, Value }) => [Name, Value]),
          ),
        ]
      : [];
  return [...own, ...Object.values(value).flatMap((each) => metricsIn(each))];
}

/** A dashboard is text, in pieces between references: `["cityweave","Readings","service","normalizer",{…}]`. */
function metricsOfGraphs(text: string): string[] {
  return [...text.matchAll(/\["cityweave","(\w+)"((?:,"[^"]+")+)/g)].map(([, metric = '', rest = '']) => {
    const words = rest
      .split(',')
      .slice(1)
      .map((word) => word.slice(1, -1));
    const pairs = Array.from(
      { length: Math.floor(words.length / 2) },
      (_, index) => [words[2 * index] ?? '', words[2 * index + 1] ?? ''] as const,
    );
    return named(metric, pairs);
  });
}
