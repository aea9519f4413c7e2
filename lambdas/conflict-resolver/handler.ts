import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { dynamodbTwinStore } from '../shared/dynamodb-twin-store.ts';
import { readEnvironment } from '../shared/environment.ts';
import { logger, metrics } from '../shared/observability.ts';
import { CONFLICT_RESOLVER_METRICS as METRICS, CONFLICT_RESOLVER_VARIABLES } from './environment.ts';
import { resolveRecords } from './resolver.ts';

const environment = readEnvironment(CONFLICT_RESOLVER_VARIABLES);
const twins = dynamodbTwinStore(new DynamoDBClient({}), environment.TWINS_TABLE);

export async function handler(event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> {
  const { response, undecodable, writeErrors, ...batch } = await resolveRecords(event.Records, twins);
  metrics.addMetric(METRICS.observations, MetricUnit.Count, batch.observations);
  metrics.addMetric(METRICS.twinsWritten, MetricUnit.Count, batch.twinsWritten);
  metrics.addMetric(METRICS.racesLost, MetricUnit.Count, batch.racesLost);
  metrics.addMetric(METRICS.dotCollisions, MetricUnit.Count, batch.dotCollisions);
  metrics.addMetric(METRICS.recordsUndecodable, MetricUnit.Count, undecodable.length);
  for (const record of undecodable) logger.error('record holds no observations and never will', record);
  for (const { assetId, error } of writeErrors) logger.error('twin not written', { assetId, error });
  if (response.batchItemFailures.length > 0) {
    metrics.addMetric(METRICS.recordsRetried, MetricUnit.Count, 1);
    logger.warn('batch is retried', { from: response.batchItemFailures[0]?.itemIdentifier });
  }
  metrics.publishStoredMetrics();
  return response;
}
