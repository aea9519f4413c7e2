import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { withoutCallLog } from '../shared/aws-client.ts';
import { city } from '../shared/city.ts';
import { dynamodbCalibrationStore } from '../shared/dynamodb-calibration-store.ts';
import { dynamodbReviewQueue } from '../shared/dynamodb-review-queue.ts';
import { dynamodbReviewReader } from '../shared/dynamodb-review-reader.ts';
import { dynamodbTwinStore } from '../shared/dynamodb-twin-store.ts';
import { readEnvironment } from '../shared/environment.ts';
import { evidenceStore } from '../shared/evidence-store.ts';
import { iotDeltaPublisher } from '../shared/iot-delta-publisher.ts';
import { logger, metrics } from '../shared/observability.ts';
import { REVIEW_OPENER_METRICS as METRICS, REVIEW_OPENER_VARIABLES } from './environment.ts';
import { openReviews } from './open-reviews.ts';

const environment = readEnvironment(REVIEW_OPENER_VARIABLES);
const dynamodb = withoutCallLog(new DynamoDBClient({}));
const nowMs = (): number => Date.now();
const context = {
  city,
  queue: dynamodbReviewQueue(dynamodb, environment.REVIEWS_TABLE),
  twins: dynamodbTwinStore(dynamodb, environment.TWINS_TABLE),
  evidence: evidenceStore({
    city,
    calibrations: dynamodbCalibrationStore(dynamodb, { tableName: environment.CALIBRATIONS_TABLE, nowMs }),
    reviews: dynamodbReviewReader(dynamodb, environment.REVIEWS_TABLE),
  }),
  deltas: iotDeltaPublisher(withoutCallLog(new IoTDataPlaneClient({}))),
  nowMs,
};

/** Runs by a schedule; what fails is tried again by the next run. */
export async function handler(): Promise<void> {
  const { open, opened, errors } = await openReviews(context);
  for (const { review, error } of errors) logger.error('review not opened, or not announced', { ...review, error });
  metrics.addMetric(METRICS.open, MetricUnit.Count, open);
  metrics.addMetric(METRICS.opened, MetricUnit.Count, opened);
  metrics.addMetric(METRICS.failed, MetricUnit.Count, errors.length);
  metrics.publishStoredMetrics();
}
