import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, paginateListObjectsV2, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { hourPrefix, mayHold, visitObservations } from '../../core/archive/archived-log.ts';
import { CALIBRATIONS_PREFIX, windowPrefix } from '../../core/calibration/archived-records.ts';
import { LATE_MS, type Window } from '../../core/calibration/window.ts';
import type { Observation } from '../../core/observation.ts';
import { withoutCallLog } from '../shared/aws-client.ts';
import { city } from '../shared/city.ts';
import { dynamodbCalibrationRecords } from '../shared/dynamodb-calibration-store.ts';
import { readEnvironment } from '../shared/environment.ts';
import { logger, metrics } from '../shared/observability.ts';
import { calibrate } from './calibrate.ts';
import { CALIBRATION_METRICS as METRICS, CALIBRATION_VARIABLES, type CalibrationRequest } from './environment.ts';

const HOUR_MS = 3_600_000;
/** Decompressed; Firehose gathers 64 MB at most, and 128 MB wherever it is told otherwise. */
const OBJECT_BYTES_MAX = 256 * 1024 * 1024;

/** What a device's clock may be ahead, and is still accepted. */
const CLOCK_AHEAD_MS = 5 * 60_000;

const environment = readEnvironment(CALIBRATION_VARIABLES);
const s3 = withoutCallLog(new S3Client({}));
const records = dynamodbCalibrationRecords(withoutCallLog(new DynamoDBClient({})), environment.CALIBRATIONS_TABLE);
const decompress = promisify(gunzip);

/** Runs by a schedule, once an hour for each range of buckets; Lambda tries again what throws. */
export async function handler(
  { buckets }: CalibrationRequest,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<void> {
  // Also when it is nought: what was never emitted looks like what does not exist.
  metrics.addMetric(METRICS.damaged, MetricUnit.Count, 0);
  try {
    const { windows, written, readings, skipped } = await calibrate(buckets, {
      city,
      records,
      visitWindow,
      filesSince,
      putFile: async (Key, Body) => {
        await s3.send(new PutObjectCommand({ Bucket: environment.ARCHIVE_BUCKET, Key, Body }));
      },
      nowMs: () => Date.now(),
      remainingMs: () => context.getRemainingTimeInMillis(),
    });
    logger.info('calibrated', { buckets, windows, written, readings });
    if (skipped.length > 0)
      logger.error('buckets hold more readings than a run can: give it more buckets', { skipped });
    metrics.addMetric(METRICS.windows, MetricUnit.Count, windows);
    metrics.addMetric(METRICS.written, MetricUnit.Count, written);
    metrics.addMetric(METRICS.readings, MetricUnit.Count, readings);
    metrics.addMetric(METRICS.skipped, MetricUnit.Count, skipped.length);
  } finally {
    metrics.publishStoredMetrics();
  }
}

/** One object after the other, so that one of them is in memory at a time. */
async function visitWindow({ startMs, endMs }: Window, visit: (observation: Observation) => void): Promise<void> {
  const came = { fromMs: startMs - CLOCK_AHEAD_MS, toMs: endMs + LATE_MS };
  // An object is named by its oldest record: that of an hour before may reach into this one.
  for (let hourMs = startMs - HOUR_MS; hourMs < came.toMs; hourMs += HOUR_MS) {
    for await (const object of objectsBelow(hourPrefix(hourMs))) {
      if (mayHold(object, came)) await visitObject(object.key, visit);
    }
  }
}

async function visitObject(key: string, visit: (observation: Observation) => void): Promise<void> {
  const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: environment.ARCHIVE_BUCKET, Key: key }));
  if (body === undefined) throw new Error(`${key}: S3 has answered without a body`);
  const bytes = await body.transformToByteArray();
  const damage = await visitBytes(bytes, visit);
  if (damage === undefined) return;
  logger.error('an object of the log cannot be read to its end', { key, damage });
  metrics.addMetric(METRICS.damaged, MetricUnit.Count, 1);
}

/** What is wrong with the bytes, if anything: it would be so in the next hour too, so the others go on without them. */
async function visitBytes(bytes: Uint8Array, visit: (observation: Observation) => void): Promise<string | undefined> {
  let content: Uint8Array;
  try {
    content = await decompress(bytes, { maxOutputLength: OBJECT_BYTES_MAX });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return visitObservations(content, visit).damage;
}

async function filesSince(windowEndMs: number): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for await (const { key } of objectsBelow(CALIBRATIONS_PREFIX, windowPrefix(windowEndMs))) keys.add(key);
  return keys;
}

async function* objectsBelow(Prefix: string, StartAfter?: string) {
  const input = { Bucket: environment.ARCHIVE_BUCKET, Prefix, ...(StartAfter && { StartAfter }) };
  for await (const { Contents: objects = [] } of paginateListObjectsV2({ client: s3 }, input)) {
    for (const { Key: key = '', LastModified: writtenAt } of objects) {
      yield { key, writtenAtMs: writtenAt?.getTime() ?? 0 };
    }
  }
}
