import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { decodeRecordLine } from '../../../core/calibration/archived-records.ts';
import type { Observation } from '../../../core/observation.ts';
import type { CalibrationRequest } from '../../../lambdas/calibration/environment.ts';
import { dynamodbCalibrationRecords } from '../../../lambdas/shared/dynamodb-calibration-store.ts';
import { type Gateway, startGateway } from '../../../local/gateway/server.ts';
import { createS3 } from '../../../local/s3/service.ts';
import { CALIBRATIONS_TABLE, dropTable, startTables, type Tables } from '../shared/tables.ts';
import { HOUR_MS, hourOf, measured, recordOf } from './log.ts';

const TABLE = 'calibrations';
const BUCKET = 'archive';
const STATION = 'station-1';
const REQUEST: CalibrationRequest = { buckets: { from: 0, to: 64 } };
const CONTEXT = { getRemainingTimeInMillis: () => 900_000 };

let tables: Tables;
let s3: Awaited<ReturnType<typeof createS3>>;
let gateway: Gateway;
let client: S3Client;
let directory = '';
let handler: (request: CalibrationRequest, context: typeof CONTEXT) => Promise<void>;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cityweave-calibration-'));
  const log = (line: string): void => console.error(line);
  [tables, s3] = await Promise.all([startTables(), createS3({ directory, log })]);
  gateway = await startGateway({ services: [s3.service], port: 0, log });
  const endpoint = await tables.client.config.endpoint?.();
  assert(endpoint, 'the client of a test table has an endpoint');
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new S3Client({ endpoint: gateway.url, region: 'us-east-1', credentials, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  Object.assign(process.env, {
    CALIBRATIONS_TABLE: TABLE,
    ARCHIVE_BUCKET: BUCKET,
    AWS_ENDPOINT_URL_DYNAMODB: `http://${endpoint.hostname}:${endpoint.port}`,
    AWS_ENDPOINT_URL_S3: gateway.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  ({ handler } = await import('../../../lambdas/calibration/handler.ts'));
});
beforeEach(async () => {
  await dropTable(tables.client, TABLE);
  await tables.create({ TableName: TABLE, ...CALIBRATIONS_TABLE });
});
afterAll(async () => {
  client.destroy();
  await Promise.all([gateway.close(), tables.close(), s3.close()]);
  await rm(directory, { recursive: true });
});

/** The hour that ends the window which is the newest closed one now; the local S3 dates objects by the wall clock. */
const closedMs = Math.floor((Date.now() - HOUR_MS) / HOUR_MS) * HOUR_MS;
const hourPath = (ms: number): string => new Date(ms).toISOString().slice(0, 13).replaceAll(/[-T]/g, '/');

async function putLog(hourMs: number, name: string, ...records: readonly (readonly Observation[])[]): Promise<void> {
  const Body = gzipSync(Buffer.concat(records.map((record) => recordOf(record))));
  const Key = `observations/${hourPath(hourMs)}/${name}.pb.gz`;
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
}

async function archived(windowEndMs: number) {
  const Key = `calibrations/${hourPath(windowEndMs)}/0-64.ndjson.gz`;
  const { Body: body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
  const text = gunzipSync((await body?.transformToByteArray()) ?? new Uint8Array()).toString();
  return text === '' ? [] : text.split('\n').map(decodeRecordLine);
}

async function standing() {
  const keys = [{ assetId: STATION, attribute: 'temperature' }];
  return dynamodbCalibrationRecords(tables.client, TABLE).read(keys);
}

it('folds two windows out of the archive, what came late with its own, duplicates and another’s once', async () => {
  const [before, during] = [closedMs - 2 * HOUR_MS, closedMs - HOUR_MS];
  const first = hourOf(STATION, before, { a: 20, b: 21 });
  const second = hourOf(STATION, during, { a: 22, b: 23 });
  // Firehose names an object by its oldest record: part of each hour lies in the object of the one before.
  await putLog(before, 'one', first.slice(0, 100), first.slice(0, 30));
  await putLog(during, 'late', [...first.slice(100), measured(STATION, 'a', before + 1, 24, during)], second);
  await putLog(closedMs, 'too-late', [measured(STATION, 'a', before + 2, 99, closedMs)]);
  await putLog(during, 'alone', hourOf('station-2', during, { a: 20 }));

  await handler(REQUEST, CONTEXT);
  const [record] = await standing();
  expect(record?.windowEndMs).toBe(closedMs);
  expect(record?.sources.get('a')).toMatchObject({ level: 22.1, before: { level: 20.1 }, heardMs: closedMs });
  expect(record?.sources.get('a')?.bias).toBeCloseTo(-0.5, 1);
  expect(record?.sources.get('b')?.bias).toBeCloseTo(0.5, 1);
  expect(await archived(closedMs)).toEqual([record]);
  const [earlier] = await archived(closedMs - HOUR_MS);
  expect(earlier?.sources.get('a')).toMatchObject({ level: 20.1, heardMs: closedMs - HOUR_MS });
  expect(earlier?.sources.get('a')).not.toHaveProperty('spread');

  // Again, and twice at once: nothing moves.
  await Promise.all([handler(REQUEST, CONTEXT), handler(REQUEST, CONTEXT)]);
  expect(await standing()).toEqual([record]);
  expect(await archived(closedMs)).toEqual([record]);
});

it('comes to the same from the log alone, as whoever rebuilds does', async () => {
  const [, kept] = [await archived(closedMs - HOUR_MS), await archived(closedMs)];
  await deleteCalibrations();
  await handler(REQUEST, CONTEXT);
  expect(await archived(closedMs)).toEqual(kept);
  expect(await standing()).toEqual(kept);
});

it('reads objects that are damaged as far as they go', async () => {
  await deleteCalibrations();
  const Key = `observations/${hourPath(closedMs - HOUR_MS)}/damaged.pb.gz`;
  const damaged = [recordOf(hourOf('station-3', closedMs - HOUR_MS, { a: 1, b: 2 })), Uint8Array.of(10, 200)];
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: gzipSync(Buffer.concat(damaged)) }));
  const torn = { Bucket: BUCKET, Key: Key.replace('damaged', 'torn') };
  await client.send(new PutObjectCommand({ ...torn, Body: gzipSync(Buffer.concat(damaged)).subarray(0, 50) }));
  await handler(REQUEST, CONTEXT);
  expect((await archived(closedMs)).map(({ assetId }) => assetId)).toEqual([STATION, 'station-3']);
});

it('fails while the table does not answer, and marks no window as done', async () => {
  await deleteCalibrations();
  await dropTable(tables.client, TABLE);
  await expect(handler(REQUEST, CONTEXT)).rejects.toThrow(/resource not found/i);
  await expect(archived(closedMs)).rejects.toThrow();
});

async function deleteCalibrations(): Promise<void> {
  const { Contents: objects = [] } = await client.send(
    new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'calibrations/' }),
  );

  for (const { Key } of objects) await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
}
