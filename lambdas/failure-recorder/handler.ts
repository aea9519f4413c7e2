import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { S3Event, S3EventRecord } from 'aws-lambda';
import { withoutCallLog } from '../shared/aws-client.ts';
import { stageOf } from '../shared/city.ts';
import { dynamodbRejectStore } from '../shared/dynamodb-reject-store.ts';
import { readEnvironment } from '../shared/environment.ts';
import { logger, metrics } from '../shared/observability.ts';
import { FAILURE_RECORDER_METRICS as METRICS, FAILURE_RECORDER_VARIABLES } from './environment.ts';
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
 * was recorded. What cannot be read or kept stays where it is.
 */
export async function handler(event: S3Event): Promise<void> {
  try {
    for (const record of event.Records) await recordFailure(record);
  } finally {
    metrics.publishStoredMetrics();
  }
}

async function recordFailure({ s3: { bucket, object }, eventTime }: S3EventRecord): Promise<void> {
  // Keys are URL-encoded as forms are (S3 user guide, "Event message structure").
  const key = decodeURIComponent(object.key.replaceAll('+', ' '));
  const place = { Bucket: bucket.name, Key: key };
  const bytes = await readObject(place);
  if (!bytes) return;
  const failure = readFailure({ key, bytes, writtenAtMs: Date.parse(eventTime) }, environment.OBSERVATIONS_STREAM);
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
