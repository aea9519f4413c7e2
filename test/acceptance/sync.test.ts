/** The sync protocol from end to end: a gateway with a certificate, and whatever the cloud tells it. */
import { rm } from 'node:fs/promises';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { type AttributeValue, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FrameReading, Lane } from '../../core/sync/frame.ts';
import { decodeState, encodeState, type ReceiverState } from '../../core/sync/receiver-state.ts';
import { type City, type TwinBody, visit } from './city.ts';
import { type Principals, principalsOf } from './principals.ts';
import { startGateway, type SyncGateway } from './sync-gateway.ts';
import { type RunningCli, startCli, temporaryDirectory } from './target.ts';

/** Old enough that what differs is no longer taken for under way. */
const OBSERVED_AT_MS = Date.now() - 300_000;
const MINUTE_MS = 60_000;
/** Enough to keep the bulk lane busy for a while. */
const CROWD = 1000;
const WAIT_MAX_MS = 60_000;
const TEST_TIMEOUT_MS = 180_000;

type Item = Record<string, AttributeValue>;

let directory: string;
let cloud: RunningCli;
let principals: Principals;
let city: City;
const gateways: SyncGateway[] = [];

beforeAll(async () => {
  directory = await temporaryDirectory();
  cloud = await startCli(directory);
  principals = principalsOf(directory);
  city = await visit(cloud, 'sync-viewer');
}, 120_000);
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  await city?.close();
  principals?.iot.destroy();
  await cloud?.stop();
  if (!process.env.KEEP) await rm(directory, { recursive: true, force: true });
  else console.log(directory);
});

async function gatewayOf(name: string, lane: Lane = 'bulk'): Promise<SyncGateway> {
  const gateway = await startGateway(await principals.thing(name, 'gateway', { zone: 'centre' }), name, lane);
  gateways.push(gateway);
  return gateway;
}

function readingOf(assetId: string, temperature: number, atMs = OBSERVED_AT_MS): FrameReading {
  return {
    assetId,
    assetType: 'WeatherObserved',
    sensor: 'mast',
    stamp: BigInt(atMs) * 1_000_000n,
    attributes: new Map([['temperature', temperature]]),
    seen: new Map(),
  };
}

function stations(name: string, count = 5): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-station-${index}`);
}

/** Until the assertions hold: `expect.poll` knows no tests that run side by side. */
function eventually(assert: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(assert, { timeout: WAIT_MAX_MS, interval: 100 });
}

async function temperatureIs(assetId: string, value: number): Promise<void> {
  await eventually(async () => {
    const { body } = await city.get<Partial<TwinBody>>(`/v1/twins/${assetId}`);
    expect(body.attributes?.['temperature']?.value).toBe(value);
  });
}

async function storedLane(name: string): Promise<{ readonly item: Item; readonly state: ReceiverState }> {
  const Key = { lane: { S: `${name}/bulk` }, item: { S: 'state' } };
  const { Item: item = {} } = await city.dynamodb.send(
    new GetItemCommand({ TableName: 'cityweave-lanes', Key, ConsistentRead: true }),
  );
  return { item, state: decodeState(item['state']?.S ?? '') };
}

/** As if the time until the next verification had passed. */
async function verifyNow(name: string): Promise<void> {
  await eventually(async () => {
    const { item, state } = await storedLane(name);
    const version = Number(item['version']?.N);
    await city.dynamodb.send(
      new PutItemCommand({
        TableName: 'cityweave-lanes',
        Item: { ...item, state: { S: encodeState({ ...state, verifyAtMs: 0 }) }, version: { N: String(version + 1) } },
        ConditionExpression: 'version = :version',
        ExpressionAttributeValues: { ':version': { N: String(version) } },
      }),
    );
  });
}

/** The next verification is an hour off: the last one found both sides alike. */
async function untilVerified(name: string): Promise<void> {
  await eventually(async () => {
    const { state } = await storedLane(name);
    expect(state.asked).toBeUndefined();
    expect(state.verifyAtMs).toBeGreaterThan(Date.now() + 30 * MINUTE_MS);
  });
}

describe.concurrent('a gateway', { timeout: TEST_TIMEOUT_MS }, () => {
  it('is told that its frames have come', async () => {
    const gateway = await gatewayOf('gw-acked');
    gateway.observe(readingOf('gw-acked-station', 11));
    await temperatureIs('gw-acked-station', 11);
    const ack = { lane: 'bulk', epoch: gateway.epoch, sequence: 1, refused: [] };
    await eventually(() => expect(gateway.acks.at(0)).toEqual(ack));
    await verifyNow('gw-acked');
    await untilVerified('gw-acked');
    expect(gateway.asks).toEqual([]);
  });

  it('is asked for a frame that was lost, within seconds, and for nothing else', async () => {
    const gateway = await gatewayOf('gw-lossy');
    const [one = '', lost = '', three = ''] = stations('gw-lossy');
    gateway.observe(readingOf(one, 1));
    await temperatureIs(one, 1);
    let hasLost = false;
    gateway.lose(({ sequence, kind }) => {
      const isLost = !hasLost && kind !== 'heartbeat' && sequence === 2;
      hasLost ||= isLost;
      return isLost;
    });
    gateway.observe(readingOf(lost, 2));
    await eventually(() => expect(hasLost).toBe(true));
    const lostAtMs = Date.now();
    gateway.observe(readingOf(three, 3));
    await eventually(() => expect(gateway.asks).toEqual([{ kind: 'frames', first: 2, last: 2 }]));
    expect(Date.now() - lostAtMs).toBeLessThan(30_000);
    await Promise.all([temperatureIs(lost, 2), temperatureIs(three, 3)]);
  });

  it('learns after a restart what it has sent before, though it has forgotten it', async () => {
    const gateway = await gatewayOf('gw-restarted');
    const assetIds = stations('gw-restarted');
    gateway.observe(...assetIds.map((assetId) => readingOf(assetId, 4)));
    await Promise.all(assetIds.map((assetId) => temperatureIs(assetId, 4)));
    gateway.restart();
    gateway.observe(readingOf('gw-restarted-new', 5));
    await temperatureIs('gw-restarted-new', 5);
    await eventually(() => expect(gateway.acks.at(-1)?.epoch).toBe(gateway.epoch));
    await verifyNow('gw-restarted');
    const heard = () => gateway.asks.flatMap((ask) => (ask.kind === 'differences' ? ask.heard : []));
    await eventually(() => expect(heard().map(({ assetId }) => assetId)).toEqual(expect.arrayContaining(assetIds)));
  });

  it('sends again what it believes to have sent, where the twins say otherwise', async () => {
    const gateway = await gatewayOf('gw-wrong');
    const [wrong = '', ...right] = stations('gw-wrong', 20);
    gateway.observe(...right.map((assetId) => readingOf(assetId, 6)));
    await Promise.all(right.map((assetId) => temperatureIs(assetId, 6)));
    await eventually(() => expect(gateway.acks.at(0)?.sequence).toBe(1));
    gateway.lose(({ kind }) => kind !== 'heartbeat');
    gateway.observe(readingOf(wrong, 7));
    await eventually(() => expect(gateway.sent.at(-1)?.sequence).toBe(2));
    gateway.lose(() => false);
    gateway.believe({ lane: 'bulk', epoch: gateway.epoch, sequence: 2, refused: [] });
    await eventually(async () => expect((await storedLane('gw-wrong')).state.contiguous).toBe(2));
    await verifyNow('gw-wrong');
    await temperatureIs(wrong, 7);
    expect(gateway.asks.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['sums', 'listings', 'differences']));
    const again = gateway.sent.flatMap((frame) => (frame.sequence === 3 && 'readings' in frame ? frame.readings : []));
    expect(again.map(({ assetId }) => assetId)).toEqual([wrong]);
  });

  it('hears which of its readings are refused, and no longer counts them as sent', async () => {
    const gateway = await gatewayOf('gw-refused');
    const [good = '', hot = ''] = stations('gw-refused');
    gateway.observe(readingOf(good, 8), readingOf(hot, 500));
    await temperatureIs(good, 8);
    const refused = { assetId: hot, sensor: 'mast', stamp: readingOf(hot, 500).stamp, reason: 'out-of-range' };
    await eventually(() => expect(gateway.acks.flatMap((ack) => ack.refused)).toEqual([refused]));
    await eventually(() => expect(gateway.acks.some(({ sequence }) => sequence === 1)).toBe(true));
    await verifyNow('gw-refused');
    await untilVerified('gw-refused');
    // A heartbeat of before may have come to be compared.
    expect(gateway.asks.filter(({ kind }) => kind !== 'sums')).toEqual([]);
  });
});

it('takes the fast lane with its critical frames, past what waits in the bulk lane', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const gateway = await gatewayOf('gw-critical', 'critical');
  // The function is up when it is needed.
  gateway.observe(readingOf('gw-critical-first', 9));
  await temperatureIs('gw-critical-first', 9);
  const before = await twinsWrittenBy('fast-lane');
  for (let index = 0; index < CROWD; index += 1) {
    const reading = { sensor_id: `lot-${index}`, status: 'vacant', timestamp: Math.floor(Date.now() / 1000) };
    city.mqtt.publish('sensors/parking/crowd', JSON.stringify(reading), { qos: 0 });
  }
  gateway.observe(readingOf('gw-critical-second', 10));
  await temperatureIs('gw-critical-second', 10);
  // Whoever comes second finds the dot there, and writes nothing.
  await eventually(async () => expect(await twinsWrittenBy('fast-lane')).toBe(before + 1));
  await eventually(() => expect(gateway.acks.at(0)?.lane).toBe('critical'));
});

async function twinsWrittenBy(service: string): Promise<number> {
  const cloudwatch = new CloudWatchClient({
    endpoint: cloud.awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  const Metric = {
    Namespace: 'cityweave',
    MetricName: 'TwinsWritten',
    Dimensions: [{ Name: 'service', Value: service }],
  };
  const { MetricDataResults: [result] = [] } = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(Date.now() - 60 * MINUTE_MS),
      EndTime: new Date(Date.now() + MINUTE_MS),
      MetricDataQueries: [{ Id: 'written', MetricStat: { Metric, Period: 60, Stat: 'Sum' } }],
    }),
  );
  cloudwatch.destroy();
  return (result?.Values ?? []).reduce((sum, value) => sum + value, 0);
}
