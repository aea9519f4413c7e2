import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import type { Observation } from '../../core/observation.ts';
import type { KeptReading } from '../../core/ports.ts';
import { attestationContext } from '../shared/attestation/context.ts';
import { withoutCallLog } from '../shared/aws-client.ts';
import { cappedRejectStore, REJECTS_PER_MINUTE_MAX } from '../shared/capped-reject-store.ts';
import { city, stageOf } from '../shared/city.ts';
import { dynamodbAssetRegistry } from '../shared/dynamodb-asset-registry.ts';
import { dynamodbRejectStore } from '../shared/dynamodb-reject-store.ts';
import { readEnvironment } from '../shared/environment.ts';
import { iotDeltaPublisher } from '../shared/iot-delta-publisher.ts';
import { kinesisObservationLog } from '../shared/kinesis-observation-log.ts';
import { logger, metrics } from '../shared/observability.ts';
import { patiently } from '../shared/patience.ts';
import { RELEASED_SCHEMAS } from '../shared/schemas/released.ts';
import { schemaRegistry } from '../shared/schemas/schema-registry.ts';
import { threadCodecRunner } from '../../uplinks/codec-runner.ts';
import { uplinkMemory } from '../../uplinks/uplink-memory.ts';
import { s3Uploads } from '../shared/uploads/s3-uploads.ts';
import { CAPPED_PREFIX, NORMALIZER_METRICS, NORMALIZER_VARIABLES } from './environment.ts';
import { normalizeRecords } from './normalizer.ts';
import { isQuarantine, publishNotices } from './notices.ts';
import { tellGateways } from './tell-gateways.ts';

const environment = readEnvironment(NORMALIZER_VARIABLES);
const stage = stageOf(environment.STAGE);
const dynamodb = withoutCallLog(new DynamoDBClient({}));
const s3 = withoutCallLog(new S3Client({}));
const kinesis = withoutCallLog(new KinesisClient({}));
const publisher = iotDeltaPublisher(withoutCallLog(new IoTDataPlaneClient({})));
const nowMs = (): number => Date.now();

const schemas = schemaRegistry({
  released: RELEASED_SCHEMAS,
  dynamodb,
  tableName: environment.SCHEMAS_TABLE,
  nowMs,
});

const context = {
  city,
  stage,
  schemas,
  ports: {
    schemas,
    uplinks: uplinkMemory(),
    // The bundle stands beside both.
    codecs: threadCodecRunner({
      thread: new URL('codec-thread.mjs', import.meta.url),
      codecs: new URL('codecs/', import.meta.url),
      nowMs,
    }),
  },
  registry: dynamodbAssetRegistry(dynamodb, { tableName: environment.ASSETS_TABLE, nowMs }),
  attestations: attestationContext(dynamodb, environment, stage),
  uploads: s3Uploads(s3, environment.UPLOADS_BUCKET),
  log: kinesisObservationLog(kinesis, environment.OBSERVATIONS_STREAM),
  rejects: cappedRejectStore({
    table: dynamodbRejectStore(dynamodb, {
      tableName: environment.REJECTS_TABLE,
      retentionDays: stage.rejectRetentionDays,
      nowMs,
    }),
    s3,
    bucketName: environment.FAILURES_BUCKET,
    prefix: CAPPED_PREFIX,
    perMinuteMax: stage.rejectsPerMinuteMax ?? REJECTS_PER_MINUTE_MAX,
    nowMs,
    onCapped: (clientId, readings, key) => {
      metrics.addMetric(NORMALIZER_METRICS.capped, MetricUnit.Count, readings);
      logger.warn('source is capped', { clientId, readings, key });
    },
  }),
};

export const handler = patiently(normalizeBatch);

async function normalizeBatch(event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> {
  const { response, observations, kept } = await normalizeRecords(event.Records, context);
  metrics.addMetric(NORMALIZER_METRICS.readings, MetricUnit.Count, observations.length + kept.length);
  countKept(kept);
  await notify(kept);
  countZones(observations);
  if (response.batchItemFailures.length > 0) {
    metrics.addMetric(NORMALIZER_METRICS.recordsRetried, MetricUnit.Count, 1);
    logger.warn('observations not written, batch is retried from', { ...response.batchItemFailures[0] });
  }
  metrics.publishStoredMetrics();
  return response;
}

/**
 * One metric a reason, so that a dashboard shows what is wrong and not only how much; and their sums, also when they are
 * nought, because an alarm on a rate cannot search for reasons.
 */
function countKept(kept: readonly KeptReading[]): void {
  const quarantined = kept.filter(({ reason }) => isQuarantine(reason)).length;
  metrics.addMetric(NORMALIZER_METRICS.quarantined, MetricUnit.Count, quarantined);
  metrics.addMetric(NORMALIZER_METRICS.rejected, MetricUnit.Count, kept.length - quarantined);
  for (const [reason, readings] of Map.groupBy(kept, ({ reason }) => reason)) {
    const name = isQuarantine(reason) ? NORMALIZER_METRICS.quarantined : NORMALIZER_METRICS.rejected;
    const metric = metrics.singleMetric();
    metric.addDimension('reason', reason);
    metric.addMetric(name, MetricUnit.Count, readings.length);
    logger.info('readings kept', { reason, count: readings.length, example: readings[0]?.detail });
  }
}

/** A zone that only a topic names would be a metric of its own for whoever publishes there, and each costs money. */
function countZones(observations: readonly Observation[]): void {
  for (const [zone, { length }] of Map.groupBy(observations, ({ zone }) => zone)) {
    if (!Object.hasOwn(city.zones, zone)) continue;
    const metric = metrics.singleMetric();
    metric.addDimension('zone', zone);
    metric.addMetric(NORMALIZER_METRICS.accepted, MetricUnit.Count, length);
  }
}

async function notify(kept: readonly KeptReading[]): Promise<void> {
  const failed = await publishNotices(kept, publisher);
  metrics.addMetric(NORMALIZER_METRICS.noticesFailed, MetricUnit.Count, failed.length);
  for (const error of failed) logger.warn('notice not published', { error });
  for (const error of await tellGateways(kept, publisher)) logger.warn('gateway not told of refusals', { error });
}
