import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, GetObjectCommand, NoSuchKey, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { S3Event } from 'aws-lambda';
import { withoutCallLog } from '../shared/aws-client.ts';
import { stageOf } from '../shared/city.ts';
import { dynamodbRejectStore } from '../shared/dynamodb-reject-store.ts';
import { readEnvironment } from '../shared/environment.ts';
import { logger, metrics } from '../shared/observability.ts';
import {
  FAILURE_PREFIXES,
  FAILURE_RECORDER_METRICS as METRICS,
  FAILURE_RECORDER_VARIABLES,
  type Sweep,
} from './environment.ts';
import { type Failure, readFailure } from './failure.ts';

const environment = readEnvironment(FAILURE_RECORDER_VARIABLES);
const s3 = withoutCallLog(new S3Client({}));
const rejects = dynamodbRejectStore(withoutCallLog(new DynamoDBClient({})), {
  tableName: environment.REJECTS_TABLE,
  retentionDays: stageOf(environment.STAGE).rejectRetentionDays,
  nowMs: () => Date.now(),
});

/**
 * Makes rejects of what the failure bucket is told of, and then deletes the object: what is in the bucket is what is not
 * recorded. S3 tells at least once, and in no order; the same failure gives the same rejects, and an object that is gone
 * was recorded. What cannot be read or kept stays where it is. S3 stops telling of an object after minutes, so a schedule
 * sweeps up what was not kept then, because the table did not answer.
 */
export async function handler(event: S3Event | Sweep): Promise<void> {
  try {
    if ('Records' in event) {
      for (const { s3: told, eventTime } of event.Records) {
        // Keys are URL-encoded as forms are (S3 user guide, "Event message structure").
        await recordFailure(decodeURIComponent(told.object.key.replaceAll('+', ' ')), Date.parse(eventTime));
      }
    } else {
      await sweep(event);
    }
  } finally {
    metrics.publishStoredMetrics();
  }
}

async function sweep({ sweepOlderThanMinutes }: Sweep): Promise<void> {
  const untilMs = Date.now() - sweepOlderThanMinutes * 60_000;
  for (const Prefix of Object.values(FAILURE_PREFIXES)) {
    const pages = paginateListObjectsV2({ client: s3 }, { Bucket: environment.FAILURES_BUCKET, Prefix });
    for await (const { Contents: objects = [] } of pages) {
      for (const { Key: key, LastModified: writtenAt } of objects) {
        if (key && writtenAt && writtenAt.getTime() <= untilMs) await recordFailure(key, writtenAt.getTime());
      }
    }
  }
}

async function recordFailure(key: string, writtenAtMs: number): Promise<void> {
  const place = { Bucket: environment.FAILURES_BUCKET, Key: key };
  const bytes = await readObject(place);
  if (!bytes) return;
  const failure = readFailure({ key, bytes, writtenAtMs }, environment.OBSERVATIONS_STREAM);
  if (failure.kind === 'readings') await rejects.keep(failure.readings);
  if (failure.kind !== 'unreadable') await s3.send(new DeleteObjectCommand(place));
  count(failure, key);
}

async function readObject(place: { Bucket: string; Key: string }): Promise<Uint8Array | undefined> {
  try {
    const { Body: body } = await s3.send(new GetObjectCommand(place));
    return await body?.transformToByteArray();
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

function count(failure: Failure, key: string): void {
  metrics.addMetric(METRICS.recorded, MetricUnit.Count, failure.kind === 'readings' ? failure.readings.length : 0);
  metrics.addMetric(METRICS.skipped, MetricUnit.Count, Number(failure.kind === 'skipped'));
  metrics.addMetric(METRICS.unreadable, MetricUnit.Count, Number(failure.kind === 'unreadable'));
  if (failure.kind === 'readings') {
    logger.warn('failure recorded', { key, readings: failure.readings.length, why: failure.readings[0]?.detail });
  }
  if (failure.kind === 'unreadable') logger.error('failure not understood, left in the bucket', { key, ...failure });
}
