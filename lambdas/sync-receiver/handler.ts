import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { withoutCallLog } from '../shared/aws-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { iotDeltaPublisher } from '../shared/iot-delta-publisher.ts';
import { logger, metrics } from '../shared/observability.ts';
import { patiently } from '../shared/patience.ts';
import { dynamodbHeard } from './dynamodb-heard.ts';
import { dynamodbLanes } from './dynamodb-lanes.ts';
import { SYNC_RECEIVER_METRICS as METRICS, SYNC_RECEIVER_VARIABLES } from './environment.ts';
import { laneNames } from './lane-names.ts';
import type { LaneOutcome } from './receive.ts';
import { receiveNothing, receiveRecords } from './receive-records.ts';

/** Of a mismatch, in the log. */
const LEAVES_LOGGED_MAX = 10;

const environment = readEnvironment(SYNC_RECEIVER_VARIABLES);
const dynamodb = withoutCallLog(new DynamoDBClient({}));
const lanes = dynamodbLanes(dynamodb, environment.LANES_TABLE);
const context = {
  lanes,
  names: laneNames(lanes),
  heard: dynamodbHeard(dynamodb, environment.TWINS_TABLE),
  commands: iotDeltaPublisher(withoutCallLog(new IoTDataPlaneClient({}))),
  nowMs: (): number => Date.now(),
};

const receivePatiently = patiently(receiveBatch);

/** Runs by the stream of frames, and by a schedule for gateways that have fallen silent. */
export function handler(
  event: KinesisStreamEvent | Readonly<Record<string, never>>,
  lambda: Context,
): Promise<KinesisStreamBatchResponse | void> {
  return 'Records' in event ? receivePatiently(event as KinesisStreamEvent, lambda) : sweep();
}

async function receiveBatch(event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> {
  const { response, frames, outcomes, errors } = await receiveRecords(event.Records, context);
  metrics.addMetric(METRICS.frames, MetricUnit.Count, frames);
  report(outcomes, errors);
  return response;
}

async function sweep(): Promise<void> {
  const { outcomes, errors } = await receiveNothing(context);
  report(outcomes, errors);
}

function report(outcomes: readonly LaneOutcome[], errors: readonly unknown[]): void {
  for (const error of errors) logger.error('lane not kept, is tried again', { error });
  for (const { key, outputs, errors: unsent } of outcomes) {
    for (const error of unsent) logger.warn('command not published', { ...key, error });
    for (const output of outputs) {
      if (output.kind !== 'alarm') continue;
      const leaves = output.leaves.slice(0, LEAVES_LOGGED_MAX).map((leaf) => ({ ...leaf, stamp: String(leaf.stamp) }));
      logger.error('lane differs whatever is sent again', { ...key, count: output.leaves.length, leaves });
    }
  }
  const outputs = outcomes.flatMap((outcome) => outcome.outputs);
  const countOf = (kind: string): number => outputs.filter((output) => output.kind === kind).length;
  const lost = outputs.reduce((sum, output) => sum + (output.kind === 'frames-lost' ? output.count : 0), 0);
  const add = (name: string, count: number) => metrics.addMetric(name, MetricUnit.Count, count);
  add(METRICS.acks, countOf('ack'));
  add(METRICS.requests, countOf('request'));
  add(METRICS.verified, countOf('verified'));
  add(METRICS.mismatches, countOf('alarm'));
  add(METRICS.framesLost, lost);
  add(
    METRICS.commandsFailed,
    outcomes.reduce((sum, { errors: unsent }) => sum + unsent.length, 0),
  );
  add(
    METRICS.racesLost,
    outcomes.reduce((sum, { racesLost }) => sum + racesLost, 0),
  );
  metrics.publishStoredMetrics();
}
