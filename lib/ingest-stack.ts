import { Aws, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import type { Construct } from 'constructs';
import type { NORMALIZER_VARIABLES } from '../lambdas/normalizer/environment.ts';
import type { Environment } from '../lambdas/shared/environment.ts';
import { CityFunction } from './city-function.ts';
import { CityStream } from './city-stream.ts';
import { CityTable } from './city-table.ts';
import type { Deployment } from './deployment.ts';
import { consume } from './kinesis-consumer.ts';
import { topicConditions } from './topic-condition.ts';
import type { TwinStack } from './twin-stack.ts';

interface IngestStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly twin: TwinStack;
}

/** From an MQTT publish to the canonical event log, or to a reject with a reason. */
export class IngestStack extends Stack {
  readonly ingest: CityStream;
  readonly rejects: CityTable;

  constructor(scope: Construct, id: string, { deployment, twin, ...props }: IngestStackProps) {
    super(scope, id, { description: 'cityweave: topic rules, the ingest stream and the normalizer', ...props });

    this.ingest = new CityStream(this, 'Ingest', { deployment, name: 'ingest' });
    this.#topicRules(deployment);

    this.rejects = new CityTable(this, 'Rejects', {
      deployment,
      name: 'rejects',
      partitionKey: 'reason',
      sortKey: 'packId',
      expiresAt: 'expiresAt',
    });
    this.#normalizer(deployment, twin);

    new CfnOutput(this, 'IngestStreamName', { value: this.ingest.streamName });
    new CfnOutput(this, 'RejectsTableName', { value: this.rejects.tableName });
  }

  #topicRules(deployment: Deployment): void {
    const delivery = this.#deliveryRole();
    const { ordinary, critical } = topicConditions(deployment.config.criticalTopics);
    this.#topicRule('DeviceRule', delivery, {
      name: 'cityweave_dt',
      description: 'Readings of devices',
      from: `'dt/+/+/+/+' WHERE ${ordinary}`,
    });
    if (critical) {
      this.#topicRule('CriticalDeviceRule', delivery, {
        name: 'cityweave_dt_critical',
        description: 'Readings on topics that the configuration calls critical',
        from: `'dt/+/+/+/+' WHERE ${critical}`,
      });
    }
    this.#topicRule('SensorRule', delivery, {
      name: 'cityweave_sensors',
      description: 'Legacy payloads that come through a bridge',
      from: "'sensors/+/+'",
    });
  }

  /** One right, to one stream, for rules of this account only (IoT guide, "Cross-service confused deputy prevention"). */
  #deliveryRole(): Role {
    const put = new PolicyStatement({ actions: ['kinesis:PutRecord'], resources: [this.ingest.streamArn] });
    return new Role(this, 'DeliveryRole', {
      assumedBy: new ServicePrincipal('iot.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      inlinePolicies: { ingest: new PolicyDocument({ statements: [put] }) },
    });
  }

  /** The payload stays opaque: what decodes it comes after the stream, where a mistake can be mended and tried again. */
  #topicRule(id: string, delivery: Role, rule: { name: string; description: string; from: string }): void {
    new CfnTopicRule(this, id, {
      ruleName: rule.name,
      topicRulePayload: {
        description: rule.description,
        awsIotSqlVersion: '2016-03-23',
        sql:
          "SELECT encode(*, 'base64') AS payload, topic() AS topic, clientid() AS clientId, principal() AS principal, " +
          `timestamp() AS receivedAtMs, traceid() AS messageId FROM ${rule.from}`,
        actions: [
          {
            kinesis: {
              streamName: this.ingest.streamName,
              partitionKey: '${topic()}',
              roleArn: delivery.roleArn,
            },
          },
        ],
      },
    });
  }

  #normalizer(deployment: Deployment, twin: TwinStack): void {
    const normalizer = new CityFunction(this, 'Normalizer', {
      deployment,
      name: 'normalizer',
      description: 'Decodes, validates and stamps readings; keeps those that fail, with the reason',
      environment: {
        STAGE: deployment.stageName,
        OBSERVATIONS_STREAM: twin.observations.streamName,
        REJECTS_TABLE: this.rejects.tableName,
        ASSETS_TABLE: twin.assets.tableName,
      } satisfies Environment<(typeof NORMALIZER_VARIABLES)[number]>,
      memoryMiB: 1024,
      timeoutS: 60,
    });
    normalizer.allow(['dynamodb:BatchGetItem'], twin.assets.tableArn);
    normalizer.allow(['kinesis:PutRecords'], twin.observations.streamArn);
    normalizer.allow(['dynamodb:PutItem'], this.rejects.tableArn);
    consume(normalizer, this.ingest);
  }
}
