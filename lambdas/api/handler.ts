import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { TimestreamQueryClient } from '@aws-sdk/client-timestream-query';
import { TimestreamWriteClient } from '@aws-sdk/client-timestream-write';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { handle } from 'hono/aws-lambda';
import type { HistoryStore } from '../../core/ports.ts';
import { withoutCallLog } from '../shared/aws-client.ts';
import { city, stageOf } from '../shared/city.ts';
import { dynamodbCalibrationStore } from '../shared/dynamodb-calibration-store.ts';
import { dynamodbClockNoteReader } from '../shared/dynamodb-clock-note-reader.ts';
import { dynamodbOpenReviews } from '../shared/dynamodb-open-reviews.ts';
import { dynamodbRejectStore } from '../shared/dynamodb-reject-store.ts';
import { dynamodbReviewReader } from '../shared/dynamodb-review-reader.ts';
import { dynamodbTwinStore } from '../shared/dynamodb-twin-store.ts';
import { readEnvironment } from '../shared/environment.ts';
import { evidenceStore } from '../shared/evidence-store.ts';
import { kinesisObservationLog } from '../shared/kinesis-observation-log.ts';
import { logger, metrics } from '../shared/observability.ts';
import { timestreamHistoryStore } from '../shared/timestream-history-store.ts';
import { tracer } from '../shared/tracer.ts';
import { createApi } from './app.ts';
import { API_METRICS, API_OPTIONAL_VARIABLES, API_VARIABLES } from './environment.ts';
import { withEscapedPath } from './raw-path.ts';

/** So long it can be asked who has decided what and why. */
const SETTLEMENT_DAYS = 30;

const environment = readEnvironment(API_VARIABLES);
const stage = stageOf(environment.STAGE);
const dynamodb = tracer.captureAWSv3Client(withoutCallLog(new DynamoDBClient({})));
const kinesis = tracer.captureAWSv3Client(withoutCallLog(new KinesisClient({})));
const nowMs = (): number => Date.now();

const serve = handle(
  createApi({
    city,
    nowMs,
    twins: dynamodbTwinStore(dynamodb, environment.TWINS_TABLE),
    evidence: evidenceStore({
      city,
      calibrations: dynamodbCalibrationStore(dynamodb, { tableName: environment.CALIBRATIONS_TABLE, nowMs }),
      reviews: dynamodbReviewReader(dynamodb, environment.REVIEWS_TABLE),
    }),
    clocks: dynamodbClockNoteReader(dynamodb, { tableName: environment.REVIEWS_TABLE, nowMs }),
    reviews: dynamodbOpenReviews(dynamodb, {
      tableName: environment.REVIEWS_TABLE,
      settlementDays: SETTLEMENT_DAYS,
      nowMs,
    }),
    rejects: dynamodbRejectStore(dynamodb, {
      tableName: environment.REJECTS_TABLE,
      retentionDays: stage.rejectRetentionDays,
      nowMs,
    }),
    streams: {
      ingest: kinesisObservationLog(kinesis, environment.INGEST_STREAM),
      observations: kinesisObservationLog(kinesis, environment.OBSERVATIONS_STREAM),
    },
    history: historyStore(),
    requestBytesMax: Number(environment.REQUEST_BYTES_MAX),
    onFailure: (error) => {
      metrics.addMetric(API_METRICS.failures, MetricUnit.Count, 1);
      logger.error('request failed', { error });
    },
  }),
);

export const handler: typeof serve = async (event, context) => {
  metrics.addMetric(API_METRICS.requests, MetricUnit.Count, 1);
  try {
    return await serve(withEscapedPath(event), context);
  } finally {
    metrics.publishStoredMetrics();
  }
};

function historyStore(): HistoryStore | undefined {
  const [database, table] = API_OPTIONAL_VARIABLES.map((name) => process.env[name]);
  if (!database || !table) return undefined;
  return timestreamHistoryStore({
    write: withoutCallLog(new TimestreamWriteClient({})),
    query: tracer.captureAWSv3Client(withoutCallLog(new TimestreamQueryClient({}))),
    database,
    table,
  });
}
