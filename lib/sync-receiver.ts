import { ArnFormat, Duration, Stack, Validations } from 'aws-cdk-lib';
import { ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { Environment } from '../lambdas/shared/environment.ts';
import { type SYNC_RECEIVER_VARIABLES, WAITING_INDEX, WINDOW_MS } from '../lambdas/sync-receiver/environment.ts';
import { CityFunction } from './city-function.ts';
import { CitySchedule } from './city-schedule.ts';
import type { CityStream } from './city-stream.ts';
import { CityTable, text } from './city-table.ts';
import type { Deployment } from './deployment.ts';
import { CONSUMER_TIMEOUT_S, consume } from './kinesis-consumer.ts';

/** As often as a schedule can run: only a gateway that has fallen silent behind a gap waits for it. */
const SCHEDULE = 'rate(1 minute)';

/** Ends of the topics that frames come on. */
const FRAME_TOPICS = ['/frames', '/frames/fec'];

interface SyncReceiverProps {
  readonly deployment: Deployment;
  readonly ingest: CityStream;
  readonly twins: CityTable;
}

/** The cloud's side of the sync protocol: what it knows of each gateway's lanes, and what it tells them. */
export class SyncReceiver extends Construct {
  /** One partition a lane: its state, and an item for each asset that it names. */
  readonly lanes: CityTable;

  constructor(scope: Construct, id: string, { deployment, ingest, twins }: SyncReceiverProps) {
    super(scope, id);
    this.lanes = new CityTable(this, 'Lanes', {
      deployment,
      name: 'lanes',
      partitionKey: 'lane',
      sortKey: 'item',
    });
    this.lanes.addGlobalSecondaryIndex({
      indexName: WAITING_INDEX,
      partitionKey: text('waitingId'),
      projectionType: ProjectionType.KEYS_ONLY,
    });

    const receiver = new CityFunction(this, 'Function', {
      deployment,
      name: 'sync-receiver',
      description: 'Finds out what is missing of gateways’ frames, and tells gateways what has come',
      environment: {
        LANES_TABLE: this.lanes.tableName,
        TWINS_TABLE: twins.tableName,
      } satisfies Environment<(typeof SYNC_RECEIVER_VARIABLES)[number]>,
      memoryMiB: 512,
      timeoutS: CONSUMER_TIMEOUT_S,
    });
    receiver.allow(
      ['dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      this.lanes.tableArn,
    );
    receiver.allow(['dynamodb:Scan'], `${this.lanes.tableArn}/index/${WAITING_INDEX}`);
    receiver.allow(['dynamodb:BatchGetItem'], twins.tableArn);
    allowCommands(receiver, 'ack', 'resync');

    // What is given up is dropped: the normalizer has the same records, and what this function misses it finds out.
    consume(receiver, ingest, {
      deployment,
      topicSuffixes: FRAME_TOPICS,
      window: Duration.millis(WINDOW_MS),
    });
    new CitySchedule(this, 'Schedule', {
      target: receiver,
      runs: [{ description: 'Asks silent gateways for what is missing of them', expression: SCHEDULE, retry: 'never' }],
    });
  }
}

/** Lets a function tell gateways of these kinds of things, and nothing else. */
export function allowCommands(
  publisher: CityFunction,
  ...kinds: readonly ('ack' | 'resync' | 'uploads/reply')[]
): void {
  const stack = Stack.of(publisher);
  for (const kind of kinds) {
    const topics = `cmd/*/gateway/*/${kind}`;
    publisher.allow(
      ['iot:Publish'],
      stack.formatArn({
        service: 'iot',
        resource: 'topic',
        resourceName: topics,
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      }),
    );
    Validations.of(publisher).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iot:<AWS::Region>:<AWS::AccountId>:topic/${topics}]`,
      reason: 'A command’s topic names the gateway that it is for, and any zone may get another one.',
    });
  }
}
