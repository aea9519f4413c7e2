import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KeptReading } from '../../../core/ports.ts';
import { cappedRejectStore } from '../../../lambdas/shared/capped-reject-store.ts';
import { decodeRejectBatch } from '../../../lambdas/shared/reject-batch.ts';
import { PACK_BYTES_MAX } from '../../../lambdas/shared/reject-pack.ts';
import { startGateway } from '../../../local/gateway/server.ts';
import { createS3 } from '../../../local/s3/service.ts';

const START_MS = Date.UTC(2026, 10, 21, 8);
const CAP = 3;
let directory = '';
let s3: S3Client;
let close: () => Promise<void>;
let bucketName = '';
let nowMs = START_MS;
let inTable: KeptReading[] = [];
let capped: [clientId: string, readings: number][] = [];

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cityweave-capped-'));
  const service = await createS3({
    directory,
    log: (line: string) => console.error(line),
  });
  const gateway = await startGateway({ services: [service.service], port: 0, log: (line) => console.error(line) });
  s3 = new S3Client({
    endpoint: gateway.url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  close = async () => {
    s3.destroy();
    await gateway.close();
    await service.close();
  };
});
afterAll(async () => {
  await close();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  nowMs = START_MS;
  inTable = [];
  capped = [];
  bucketName = `failures-${Math.random().toString(36).slice(2)}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucketName }));
});

function storeOf() {
  return cappedRejectStore({
    table: { keep: async (readings) => void inTable.push(...readings) },
    s3,
    bucketName,
    prefix: 'capped/',
    perMinuteMax: CAP,
    nowMs: () => nowMs,
    onCapped: (clientId, readings) => void capped.push([clientId, readings]),
  });
}

function readings(clientId: string, count: number, first = 0): KeptReading[] {
  return Array.from({ length: count }, (_, index) => ({
    readingId: `${clientId}-${first + index}/0`,
    count: 1,
    reason: 'malformed',
    detail: 'not JSON',
    topic: 'sensors/parking/lotA',
    clientId,
    principal: '',
    receivedAtMs: START_MS,
    bytes: Buffer.from(`payload ${first + index}`),
  }));
}

async function inBucket(): Promise<Map<string, KeptReading[]>> {
  const { Contents: objects = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucketName }));
  const batches = objects.map(async ({ Key = '' }) => {
    const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucketName, Key }));
    return [Key, decodeRejectBatch((await body?.transformToByteArray()) ?? new Uint8Array()) ?? []] as const;
  });
  return new Map(await Promise.all(batches));
}

describe('the cap of a source’s rejects', () => {
  it('lets as many into the table as it says', async () => {
    await storeOf().keep(readings('noisy', CAP));
    expect(inTable).toHaveLength(CAP);
    expect(await inBucket()).toEqual(new Map());
  });

  it('sends what goes beyond it to S3, whole, under the minute and the source', async () => {
    const sent = readings('noisy', CAP + 2);
    await storeOf().keep([...sent, ...readings('a/b', CAP + 1)]);
    const batches = await inBucket();
    expect([...batches.keys()]).toEqual([
      expect.stringMatching(/^capped\/2026-11-21T08:00Z\/a%2Fb\/\w{32}\.ndjson\.gz$/),
      expect.stringMatching(/^capped\/2026-11-21T08:00Z\/noisy\/\w{32}\.ndjson\.gz$/),
    ]);
    expect([...batches.values()][1]).toEqual(sent.slice(CAP));
    expect(capped).toEqual([
      ['noisy', 2],
      ['a/b', 1],
    ]);
    const everywhere = [...inTable, ...[...batches.values()].flat()].map(({ readingId }) => readingId);
    expect(new Set(everywhere).size).toBe(2 * CAP + 3);
  });

  it('counts a source through batches, each source for itself, and begins anew with the minute', async () => {
    const store = storeOf();
    await store.keep(readings('noisy', CAP));
    await store.keep([...readings('noisy', 1, CAP), ...readings('quiet', 1)]);
    expect(inTable).toHaveLength(CAP + 1);
    nowMs = START_MS + 60_000;
    await store.keep(readings('noisy', 1, CAP + 1));
    expect(inTable).toHaveLength(CAP + 2);
  });

  it('writes one object for a batch that is retried', async () => {
    await storeOf().keep(readings('noisy', CAP + 2));
    await storeOf().keep(readings('noisy', CAP + 2));
    expect((await inBucket()).size).toBe(1);
  });

  it('sends to S3 what no item of the table can hold', async () => {
    const [large] = readings('once', 1).map((reading) => ({ ...reading, bytes: Buffer.alloc(PACK_BYTES_MAX) }));
    await storeOf().keep(large ? [large] : []);
    expect(inTable).toEqual([]);
    expect([...(await inBucket()).values()].flat()).toEqual([large]);
  });
});
