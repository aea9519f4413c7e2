import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { withoutCallLog } from '../shared/aws-client.ts';
import { city, stageOf } from '../shared/city.ts';
import { dynamodbCalibrationStore } from '../shared/dynamodb-calibration-store.ts';
import { dynamodbClockNotes } from '../shared/dynamodb-clock-notes.ts';
import { dynamodbRejectStore } from '../shared/dynamodb-reject-store.ts';
import { dynamodbReviewStore } from '../shared/dynamodb-review-store.ts';
import { dynamodbTwinStore } from '../shared/dynamodb-twin-store.ts';
import { readEnvironment } from '../shared/environment.ts';
import { evidenceStore } from '../shared/evidence-store.ts';
import { iotDeltaPublisher } from '../shared/iot-delta-publisher.ts';
import { keptLogRecord, keptObservation } from '../shared/kept-observation.ts';
import { logger, metrics } from '../shared/observability.ts';
import { patiently } from '../shared/patience.ts';
import { CONFLICT_RESOLVER_METRICS as METRICS, CONFLICT_RESOLVER_VARIABLES } from './environment.ts';
import { type ResolvedBatch, resolveRecords } from './resolver.ts';

const environment = readEnvironment(CONFLICT_RESOLVER_VARIABLES);
const dynamodb = withoutCallLog(new DynamoDBClient({}));
const nowMs = (): number => Date.now();
const rejects = dynamodbRejectStore(dynamodb, {
  tableName: environment.REJECTS_TABLE,
  retentionDays: stageOf(environment.STAGE).rejectRetentionDays,
  nowMs,
});
const reviews = dynamodbReviewStore(dynamodb, environment.REVIEWS_TABLE);
const calibrations = dynamodbCalibrationStore(dynamodb, { tableName: environment.CALIBRATIONS_TABLE, nowMs });
const clocks = dynamodbClockNotes(dynamodb, environment.REVIEWS_TABLE);
const context = {
  city,
  reviews,
  evidence: evidenceStore({ city, calibrations, reviews }),
  twins: dynamodbTwinStore(dynamodb, environment.TWINS_TABLE),
  deltas: iotDeltaPublisher(withoutCallLog(new IoTDataPlaneClient({}))),
  nowMs,
};

export const handler = patiently(resolveBatch);

async function resolveBatch(event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> {
  const batch = await resolveRecords(event.Records, context);
  await keep(event, batch);
  await noteClocks(batch);
  count(batch);
  report(batch);
  metrics.publishStoredMetrics();
  return batch.response;
}

/** What no twin will ever hold is not tried again: it is a reject, to be put back in when its cause is mended. */
async function keep({ Records: records }: KinesisStreamEvent, { undecodable, refused }: ResolvedBatch): Promise<void> {
  const strangers = records.flatMap((record) => {
    const found = undecodable.find(({ sequenceNumber }) => sequenceNumber === record.kinesis.sequenceNumber);
    return found ? keptLogRecord(record, found.detail) : [];
  });
  const unmerged = refused.flatMap(({ observations, detail }) =>
    observations.map((observation) => keptObservation(observation, detail)),
  );
  await rejects.keep([...strangers, ...unmerged]);
}

/** No reading waits for it: it is noted again with the next one, and logged with this one. */
async function noteClocks({ readingsBehindClock }: ResolvedBatch): Promise<void> {
  try {
    await clocks.note(readingsBehindClock);
  } catch (error) {
    logger.error('clock not noted', { error });
  }
}

function count(batch: ResolvedBatch): void {
  metrics.addMetric(METRICS.observations, MetricUnit.Count, batch.observations);
  metrics.addMetric(METRICS.twinsWritten, MetricUnit.Count, batch.twinsWritten);
  metrics.addMetric(METRICS.twinsRefused, MetricUnit.Count, batch.refused.length);
  metrics.addMetric(METRICS.racesLost, MetricUnit.Count, batch.racesLost);
  metrics.addMetric(METRICS.dotCollisions, MetricUnit.Count, batch.dotCollisions);
  const behindClock = batch.readingsBehindClock.reduce((sum, { readings }) => sum + readings, 0);
  metrics.addMetric(METRICS.readingsBehindClock, MetricUnit.Count, behindClock);
  metrics.addMetric(METRICS.deltaMessages, MetricUnit.Count, batch.deltaMessages);
  metrics.addMetric(METRICS.deltasIncomplete, MetricUnit.Count, batch.deltasIncomplete.length);
  metrics.addMetric(METRICS.reviewsMissed, MetricUnit.Count, batch.reviewErrors.length);
  metrics.addMetric(METRICS.recordsUndecodable, MetricUnit.Count, batch.undecodable.length);
  if (batch.response.batchItemFailures.length > 0) metrics.addMetric(METRICS.recordsRetried, MetricUnit.Count, 1);
}

function report(batch: ResolvedBatch): void {
  const { undecodable, refused, readingsBehindClock, deltasIncomplete, reviewErrors, errors, response } = batch;
  for (const record of undecodable) logger.error('record holds no observations and never will', record);
  for (const { assetId, observations, detail } of refused) {
    const readingIds = observations.map(({ readingId }) => readingId);
    logger.error('twin will never hold these readings', { assetId, detail, readingIds });
  }
  for (const behind of readingsBehindClock) {
    logger.warn('readings are stamped before what stands: the clock has jumped back, or they come late', { ...behind });
  }
  for (const incomplete of deltasIncomplete) logger.warn('delta is not whole, or not published', incomplete);
  for (const { assetId, error } of reviewErrors) logger.error('review not noted', { assetId, error });
  for (const { assetId, error } of errors) logger.error('twin not written', { assetId, error });
  const [from] = response.batchItemFailures;
  if (from) logger.warn('batch is retried', { from: from.itemIdentifier });
}
