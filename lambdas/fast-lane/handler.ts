import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { attestationContext } from '../shared/attestation/context.ts';
import { withoutCallLog } from '../shared/aws-client.ts';
import { city, stageOf } from '../shared/city.ts';
import { dynamodbAssetRegistry } from '../shared/dynamodb-asset-registry.ts';
import { dynamodbCalibrationStore } from '../shared/dynamodb-calibration-store.ts';
import { dynamodbReviewStore } from '../shared/dynamodb-review-store.ts';
import { dynamodbTwinStore } from '../shared/dynamodb-twin-store.ts';
import { readEnvironment } from '../shared/environment.ts';
import { evidenceStore } from '../shared/evidence-store.ts';
import { messageOfRule } from '../shared/ingest-record.ts';
import { iotDeltaPublisher } from '../shared/iot-delta-publisher.ts';
import { metrics } from '../shared/observability.ts';
import { RELEASED_SCHEMAS } from '../shared/schemas/released.ts';
import { schemaRegistry } from '../shared/schemas/schema-registry.ts';
import { FAST_LANE_METRICS, FAST_LANE_VARIABLES } from './environment.ts';
import { takeShortcut } from './fast-lane.ts';

const environment = readEnvironment(FAST_LANE_VARIABLES);
const stage = stageOf(environment.STAGE);
const dynamodb = withoutCallLog(new DynamoDBClient({}));
const nowMs = (): number => Date.now();
const reviews = dynamodbReviewStore(dynamodb, environment.REVIEWS_TABLE);
const calibrations = dynamodbCalibrationStore(dynamodb, { tableName: environment.CALIBRATIONS_TABLE, nowMs });

const schemas = schemaRegistry({
  released: RELEASED_SCHEMAS,
  dynamodb,
  tableName: environment.SCHEMAS_TABLE,
  nowMs,
});

const context = {
  city,
  schemas,
  reviews,
  evidence: evidenceStore({ city, calibrations, reviews }),
  stage,
  registry: dynamodbAssetRegistry(dynamodb, { tableName: environment.ASSETS_TABLE, nowMs }),
  attestations: attestationContext(dynamodb, environment, stage),
  twins: dynamodbTwinStore(dynamodb, environment.TWINS_TABLE),
  deltas: iotDeltaPublisher(withoutCallLog(new IoTDataPlaneClient({}))),
  nowMs,
};

/** Invoked by a topic rule's Lambda action with what the rule SELECTs of one message; nobody waits for an answer. */
export async function handler(event: unknown): Promise<void> {
  const { twinsWritten, racesLost, deltaMessages } = await takeShortcut(messageOfRule(event), context);
  metrics.addMetric(FAST_LANE_METRICS.twinsWritten, MetricUnit.Count, twinsWritten);
  metrics.addMetric(FAST_LANE_METRICS.racesLost, MetricUnit.Count, racesLost);
  metrics.addMetric(FAST_LANE_METRICS.deltaMessages, MetricUnit.Count, deltaMessages);
  metrics.publishStoredMetrics();
}
