import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { withoutCallLog } from '../shared/aws-client.ts';
import { city, stageOf } from '../shared/city.ts';
import { dynamodbAssetRegistry } from '../shared/dynamodb-asset-registry.ts';
import { dynamodbTwinStore } from '../shared/dynamodb-twin-store.ts';
import { readEnvironment } from '../shared/environment.ts';
import { messageOfRule } from '../shared/ingest-record.ts';
import { iotDeltaPublisher } from '../shared/iot-delta-publisher.ts';
import { metrics } from '../shared/observability.ts';
import { FAST_LANE_METRICS, FAST_LANE_VARIABLES } from './environment.ts';
import { takeShortcut } from './fast-lane.ts';

const environment = readEnvironment(FAST_LANE_VARIABLES);
const dynamodb = withoutCallLog(new DynamoDBClient({}));
const nowMs = (): number => Date.now();

const context = {
  city,
  stage: stageOf(environment.STAGE),
  registry: dynamodbAssetRegistry(dynamodb, { tableName: environment.ASSETS_TABLE, nowMs }),
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
