import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  ListMetricsCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterAll, expect, it } from 'vitest';
import { createCloudWatch } from '../../../local/cloudwatch/service.ts';
import { startGateway } from '../../../local/gateway/server.ts';
import { decodeCbor, encodeCbor } from '../../../local/kinesis/cbor.ts';
import { CREDENTIALS, REGION } from '../../contract/s3/serve-s3.ts';

const cloudWatch = createCloudWatch();
const gateway = await startGateway({ services: [cloudWatch.service], port: 0, log: console.error });
const client = new CloudWatchClient({ endpoint: gateway.url, region: REGION, credentials: CREDENTIALS });
afterAll(async () => {
  client.destroy();
  await gateway.close();
});

const START = new Date('2026-11-21T08:00:00Z');
const END = new Date('2026-11-21T09:00:00Z');

/** A line as a function prints it in the embedded metric format. */
function embedded(at: string, merged: number | readonly number[], service = 'resolver'): string {
  const CloudWatchMetrics = [
    { Namespace: 'city', Dimensions: [['service']], Metrics: [{ Name: 'Merged', Unit: 'Count' }] },
  ];
  return JSON.stringify({ _aws: { Timestamp: Date.parse(at), CloudWatchMetrics }, service, Merged: merged });
}

cloudWatch.readLine(embedded('2026-11-21T08:00:01Z', [1, 2, 6]));
cloudWatch.readLine(embedded('2026-11-21T08:00:59.999Z', 11));
cloudWatch.readLine(embedded('2026-11-21T08:01:00Z', 5));
cloudWatch.readLine(embedded('2026-11-21T09:00:00Z', 1000));
cloudWatch.readLine(embedded('2026-11-21T08:00:00Z', 77, 'another'));
for (const noise of [
  '',
  'text "CloudWatchMetrics"',
  '{"CloudWatchMetrics": 1}',
  '{"_aws": {"CloudWatchMetrics": [1]}}',
]) {
  cloudWatch.readLine(noise);
}

async function ask(Stat: string, Period: number, more: Partial<GetMetricDataCommandInput> = {}) {
  const Metric = { Namespace: 'city', MetricName: 'Merged', Dimensions: [{ Name: 'service', Value: 'resolver' }] };
  const MetricDataQueries = [{ Id: 'a', MetricStat: { Metric, Period, Stat } }];
  const command = new GetMetricDataCommand({ StartTime: START, EndTime: END, MetricDataQueries, ...more });
  const [result] = (await client.send(command)).MetricDataResults ?? [];
  return result?.Timestamps?.map((at, index) => [at.toISOString(), result.Values?.[index]]);
}

it('answers statistics by the period, the newest first', async () => {
  expect(await ask('Sum', 60)).toEqual([
    ['2026-11-21T08:01:00.000Z', 5],
    ['2026-11-21T08:00:00.000Z', 20],
  ]);
  expect(await ask('Average', 300)).toEqual([['2026-11-21T08:00:00.000Z', 5]]);
  expect(await ask('Minimum', 300)).toEqual([['2026-11-21T08:00:00.000Z', 1]]);
  expect(await ask('Maximum', 300)).toEqual([['2026-11-21T08:00:00.000Z', 11]]);
  expect(await ask('SampleCount', 60, { ScanBy: 'TimestampAscending' })).toEqual([
    ['2026-11-21T08:00:00.000Z', 4],
    ['2026-11-21T08:01:00.000Z', 1],
  ]);
});

it('says what it does not do', async () => {
  await expect(ask('p99', 60)).rejects.toThrow('Stat must be one of');
  await expect(ask('Sum', 61)).rejects.toThrow('multiple of 60');
  const MetricDataQueries = [{ Id: 'a', Expression: 'SUM(METRICS())' }];
  await expect(ask('Sum', 60, { MetricDataQueries })).rejects.toThrow('MetricStat');
});

it('lists metrics', async () => {
  const { Metrics = [] } = await client.send(new ListMetricsCommand({ Namespace: 'city' }));
  expect(new Set(Metrics.map(({ Dimensions }) => Dimensions?.[0]?.Value))).toEqual(new Set(['another', 'resolver']));
});

it('speaks RPC v2 CBOR, in which times are seconds', async () => {
  const MetricStat = {
    Metric: { Namespace: 'city', MetricName: 'Merged', Dimensions: [{ Name: 'service', Value: 'another' }] },
    Period: 60,
    Stat: 'Sum',
  };
  const seconds = (at: Date): Date => new Date(at.getTime() / 1000);
  const response = await fetch(`${gateway.url}/service/GraniteServiceVersion20100801/operation/GetMetricData`, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=test/20261121/${REGION}/monitoring/aws4_request, SignedHeaders=host, Signature=0`,
      'smithy-protocol': 'rpc-v2-cbor',
      'content-type': 'application/cbor',
    },
    body: new Uint8Array(
      encodeCbor({ StartTime: seconds(START), EndTime: seconds(END), MetricDataQueries: [{ Id: 'a', MetricStat }] }),
    ),
  });
  expect(response.headers.get('smithy-protocol')).toBe('rpc-v2-cbor');
  expect(decodeCbor(Buffer.from(await response.arrayBuffer()))).toMatchObject({
    MetricDataResults: [{ Id: 'a', Timestamps: [seconds(START)], Values: [77] }],
  });
});
