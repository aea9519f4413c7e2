/** What fails has a home and a way back: deliveries, processing, floods; and two operators put a reading back in once. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateStreamCommand, DeleteStreamCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { CopyObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeObservationRecord } from '../../core/codec/observation-record.ts';
import type { Observation } from '../../core/observation.ts';
import { type City, type Reject, visit } from './city.ts';
import { type RunningCli, startCli, temporaryDirectory } from './target.ts';

const WAIT_MAX_MS = 60_000;
const TOPIC = 'dt/centre/OffStreetParking/market-hall/ramp-camera';
const BUCKET = 'cityweave-failures-000000000000-us-east-1';
/** The shipped configuration's, by default. */
const REJECTS_PER_MINUTE_MAX = 600;

/** A target of its own: this suite deletes a stream. */
const directory = await temporaryDirectory();
let cli: RunningCli;
let city: City;
let s3: S3Client;
let kinesis: KinesisClient;

beforeAll(async () => {
  cli = await startCli(directory);
  city = await visit({ ...cli, close: async () => {} }, 'failing-gateway');
  const aws = {
    endpoint: cli.awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  };
  s3 = new S3Client({ ...aws, forcePathStyle: true });
  kinesis = new KinesisClient(aws);
}, 120_000);
afterAll(async () => {
  await city?.close();
  s3?.destroy();
  kinesis?.destroy();
  await cli?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function until<Value>(what: string, look: () => Promise<Value | undefined>): Promise<Value> {
  for (const endMs = Date.now() + WAIT_MAX_MS; Date.now() < endMs; await delay(100)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`${what}: not within ${WAIT_MAX_MS} ms`);
}

const rejectWhere = (what: string, isWanted: (reject: ListedReject) => boolean): Promise<ListedReject> =>
  until(what, async () => ((await city.rejects()) as ListedReject[]).find(isWanted));

interface ListedReject extends Reject {
  readonly status: string;
  readonly redrives?: number;
  readonly count: number;
}

async function post<Body>(path: string, body?: object): Promise<{ status: number; body: Body }> {
  const answer = await fetch(`${cli.apiUrl}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${cli.token}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, body: (await answer.json()) as Body };
}

function redrive(id: string) {
  return post<{ readingId: string }>(`/v1/rejects/${encodeURIComponent(id)}/redrive`);
}

async function keysBelow(prefix: string): Promise<string[]> {
  const { Contents: objects = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }));
  return objects.flatMap(({ Key }) => Key ?? []);
}

function payloadOf({ payload }: Reject): string {
  return Buffer.from(payload, 'base64').toString('utf8');
}

describe('what is still bad', () => {
  it('is kept again under its id, and of two operators one puts it back in', { timeout: 120_000 }, async () => {
    const notices: unknown[] = [];
    city.mqtt.on('message', (_, payload) => notices.push(JSON.parse(payload.toString('utf8'))));
    await city.mqtt.subscribeAsync('raw_sensor_failures/out-of-range');
    await city.publish(TOPIC, [
      { attributes: { occupiedSpotNumber: 62 }, counter: 1 },
      { attributes: { occupiedSpotNumber: -5 }, counter: 2 },
      { attributes: { occupiedSpotNumber: -6 }, counter: 3 },
    ]);
    const bad = await rejectWhere(
      'out-of-range',
      ({ reason, detail }) => reason === 'out-of-range' && detail.includes('-5'),
    );
    const notice = await until('a notice', async () => notices[0]);
    expect(notice).toMatchObject({ reason: 'out-of-range', count: 2, clientIds: ['failing-gateway'] });
    const statuses = (await Promise.all([redrive(bad.id), redrive(bad.id)])).map(({ status }) => status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([202, 409]);
    const again = await rejectWhere(
      'kept again',
      ({ readingId, redrives }) => readingId === bad.readingId && redrives === 1,
    );
    expect(again).toMatchObject({ reason: 'out-of-range', status: 'kept', count: 3, receivedAt: bad.receivedAt });

    // Nothing of the same message but the reading that was asked for.
    const ofMessage = bad.readingId.slice(0, -2);
    const standing = ((await city.rejects()) as ListedReject[])
      .filter(({ readingId, status }) => readingId.startsWith(ofMessage) && status === 'kept')
      .map(({ readingId, redrives = 0 }) => [readingId.slice(-2), redrives]);
    expect(standing).toEqual([
      ['/2', 0],
      ['/1', 1],
    ]);
    const logged = (await city.observations()).filter(({ readingId }) => readingId.startsWith(ofMessage));
    expect(logged.map(({ readingId }) => readingId)).toEqual([`${ofMessage}/0`]);
  });
});

describe('a batch that Lambda has given up', () => {
  const nowMs = Date.now();
  const observation = (index: number): Observation => ({
    readingId: `given-up/${index}`,
    count: 2,
    kind: 'reading',
    clientId: 'failing-gateway',
    flags: [],
    assetId: `given-up-${index}`,
    assetType: 'OffStreetParking',
    zone: 'centre',
    source: 'ramp-camera',
    stamp: BigInt(nowMs) * 1_000_000n,
    seen: new Map(),
    observedAtMs: nowMs,
    receivedAtMs: nowMs,
    attestation: 'none',
    attributes: new Map([['occupiedSpotNumber', 7 + index]]),
    schema: 0n,
  });

  /** docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html, for a bucket. */
  const invocationRecord = (stream: string, records: readonly Uint8Array[]) => ({
    requestContext: {
      requestId: randomUUID(),
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:cityweave-conflict-resolver',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 3,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    KinesisBatchInfo: {
      shardId: 'shardId-000000000000',
      batchSize: records.length,
      streamArn: `arn:aws:kinesis:us-east-1:000000000000:stream/${stream}`,
    },
    payload: JSON.stringify({
      Records: records.map((data, index) => ({
        eventID: `shardId-000000000000:${index}`,
        kinesis: {
          sequenceNumber: String(index),
          partitionKey: '0',
          data: Buffer.from(data).toString('base64'),
          approximateArrivalTimestamp: nowMs / 1000,
        },
      })),
    }),
  });

  it('of the log: each observation is a reject, and all of a reason go back in at once', {
    timeout: 120_000,
  }, async () => {
    const Key = `aws/lambda/${randomUUID()}/shardId-000000000000/2026-11-21T08.00.00-${randomUUID()}`;
    const failure = invocationRecord('cityweave-observations', [
      encodeObservationRecord([observation(0), observation(1)]),
    ]);
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: JSON.stringify(failure) }));
    const kept = await until('two rejects', async () => {
      const found = ((await city.rejects()) as ListedReject[]).filter(({ readingId }) =>
        readingId.startsWith('given-up/'),
      );
      return found.length === 2 ? found : undefined;
    });
    expect(kept.map(({ reason, count, detail }) => [reason, count, detail.split(' (')[0]])).toEqual(
      kept.map(() => [
        'processing-failed',
        2,
        'cityweave-conflict-resolver: RetryAttemptsExhausted after 3 invocations',
      ]),
    );
    expect(await keysBelow(Key)).toEqual([]);

    const { status, body } = await post<{ redriven: string[] }>('/v1/rejects/redrive', { reason: 'processing-failed' });
    expect(status).toBe(202);
    expect(body.redriven.toSorted()).toEqual(kept.map(({ id }) => id).toSorted());
    await city.getUntil('/v1/twins/given-up-0', () => true);
    await city.getUntil('/v1/twins/given-up-1', () => true);
  });

  it('that nobody understands stays in the bucket', { timeout: 60_000 }, async () => {
    const Key = `aws/lambda/${randomUUID()}/shardId-000000000000/not-a-failure`;
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: '{"payload": 7}' }));
    await delay(2000);
    expect(await keysBelow(Key)).toEqual([Key]);
  });
});

describe('a source that floods', () => {
  it('fills the table up to its cap and a bucket beyond it; what is recalled can be listed', {
    timeout: 180_000,
  }, async () => {
    const flood = await visit({ ...cli, close: async () => {} }, 'flooding-gateway');
    const beyond = 50;
    const sent = Array.from({ length: REJECTS_PER_MINUTE_MAX + beyond }, (_, index) =>
      flood.publish(TOPIC, `{"flood": ${index}`),
    );
    await Promise.all(sent);
    await flood.close();
    const listed = async () =>
      ((await city.rejects()) as ListedReject[]).filter(({ clientId }) => clientId === 'flooding-gateway');
    const keys = await until('a capped batch', async () => {
      const found = await keysBelow('capped/');
      return found.length > 0 ? found : undefined;
    });
    for (const key of keys)
      expect(key).toMatch(/^capped\/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z\/flooding-gateway\/\w{32}\.ndjson\.gz$/);

    const recalled = new Set<string>();
    const all = await until('every message in the table', async () => {
      for (const key of await keysBelow('capped/')) {
        if (recalled.has(key)) continue;
        recalled.add(key);
        await s3.send(
          new CopyObjectCommand({
            Bucket: BUCKET,
            CopySource: `${BUCKET}/${encodeURIComponent(key)}`,
            Key: key.replace(/^capped\//, 'recalled/'),
          }),
        );
      }
      const found = await listed();
      return found.length === sent.length ? found : undefined;
    });
    expect(new Set(all.map((reject) => payloadOf(reject))).size).toBe(sent.length);
  });
});

describe('a message that its rule cannot deliver', () => {
  it('is a reject with its bytes, topic, sender and time, and goes back when there is a stream', {
    timeout: 180_000,
  }, async () => {
    await kinesis.send(new DeleteStreamCommand({ StreamName: 'cityweave-ingest', EnforceConsumerDeletion: true }));
    const reading = { observedAt: new Date().toISOString(), attributes: { occupiedSpotNumber: 61 } };
    const sentAtMs = Date.now();
    await city.publish(TOPIC, reading);
    const reject = await rejectWhere('delivery-failed', ({ reason }) => reason === 'delivery-failed');
    expect(reject).toMatchObject({ topic: TOPIC, clientId: 'failing-gateway', count: 1, status: 'kept' });
    expect(payloadOf(reject)).toBe(JSON.stringify(reading));
    expect(reject.detail).toContain('KinesisAction');
    expect(Math.abs(Date.parse(reject.receivedAt) - sentAtMs)).toBeLessThan(10_000);
    expect(await keysBelow('rules/')).toEqual([]);

    await kinesis.send(new CreateStreamCommand({ StreamName: 'cityweave-ingest', ShardCount: 1 }));
    const answer = await until('the stream takes it', async () => {
      const tried = await redrive(reject.id);
      return tried.status === 202 ? tried : undefined;
    });
    expect(answer.body.readingId).toBe(reject.readingId);
    // The mapping does not follow a stream that was made anew; what it would read is there.
    const [record] = (await city.records('cityweave-ingest')).map((data) => JSON.parse(Buffer.from(data).toString()));
    expect(record).toEqual({
      payload: Buffer.from(JSON.stringify(reading)).toString('base64'),
      topic: TOPIC,
      clientId: 'failing-gateway',
      principal: '',
      receivedAtMs: Date.parse(reject.receivedAt),
      messageId: reject.readingId.replace(/\/0$/, ''),
      redrive: { times: 1, count: 1 },
    });
    await rejectWhere('redriven', ({ id, status }) => id === reject.id && status === 'redriven');
  });
});
