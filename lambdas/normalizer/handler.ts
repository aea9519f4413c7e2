import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import type { KeptReading } from '../../core/ports.ts';
import { QUARANTINE_REASONS } from '../../core/reason.ts';
import { city, stageOf } from '../shared/city.ts';
import { dynamodbAssetRegistry } from '../shared/dynamodb-asset-registry.ts';
import { dynamodbRejectStore } from '../shared/dynamodb-reject-store.ts';
import { readEnvironment } from '../shared/environment.ts';
import { kinesisObservationLog } from '../shared/kinesis-observation-log.ts';
import { logger, metrics } from '../shared/observability.ts';
import { NORMALIZER_METRICS, NORMALIZER_VARIABLES } from './environment.ts';
import { normalizeRecords } from './normalizer.ts';

const environment = readEnvironment(NORMALIZER_VARIABLES);
const stage = stageOf(environment.STAGE);
const dynamodb = new DynamoDBClient({});
const kinesis = new KinesisClient({});
const nowMs = (): number => Date.now();

const context = {
  city,
  stage,
  registry: dynamodbAssetRegistry(dynamodb, { tableName: environment.ASSETS_TABLE, nowMs }),
  log: kinesisObservationLog(kinesis, environment.OBSERVATIONS_STREAM),
  rejects: dynamodbRejectStore(dynamodb, {
    tableName: environment.REJECTS_TABLE,
    retentionDays: stage.rejectRetentionDays,
    nowMs,
  }),
};

export async function handler(event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> {
  const { response, observations, kept } = await normalizeRecords(event.Records, context);
  metrics.addMetric(NORMALIZER_METRICS.readings, MetricUnit.Count, observations.length + kept.length);
  countKept(kept);
  if (response.batchItemFailures.length > 0) {
    metrics.addMetric(NORMALIZER_METRICS.recordsRetried, MetricUnit.Count, 1);
    logger.warn('observations not written, batch is retried from', { ...response.batchItemFailures[0] });
  }
  metrics.publishStoredMetrics();
  return response;
}

/** One metric a reason, so that a dashboard shows what is wrong and not only how much. */
function countKept(kept: readonly KeptReading[]): void {
  for (const [reason, readings] of Map.groupBy(kept, ({ reason }) => reason)) {
    const name = isQuarantine(reason) ? NORMALIZER_METRICS.quarantined : NORMALIZER_METRICS.rejected;
    const metric = metrics.singleMetric();
    metric.addDimension('reason', reason);
    metric.addMetric(name, MetricUnit.Count, readings.length);
    logger.info('readings kept', { reason, count: readings.length, example: readings[0]?.detail });
  }
}

function isQuarantine(reason: string): boolean {
  return (QUARANTINE_REASONS as readonly string[]).includes(reason);
}
