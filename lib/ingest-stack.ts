import { Aws, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import type { Construct } from 'constructs';
import { REJECT_REASONS } from '../core/reason.ts';
import { RULE_FAILURE_KEY } from '../lambdas/failure-recorder/environment.ts';
import { type NORMALIZER_VARIABLES, QUARANTINE_TOPIC, REJECTS_TOPIC } from '../lambdas/normalizer/environment.ts';
import type { Environment } from '../lambdas/shared/environment.ts';
import { Attestations } from './attestations.ts';
import { CityFunction } from './city-function.ts';
import { CityStream } from './city-stream.ts';
import { CityTable } from './city-table.ts';
import type { Deployment } from './deployment.ts';
import type { Failures } from './failures.ts';
import { FastLane } from './fast-lane.ts';
import { FleetProvisioning } from './fleet-provisioning.ts';
import { CONSUMER_TIMEOUT_S, consume } from './kinesis-consumer.ts';
import { allowCommands, SyncReceiver } from './sync-receiver.ts';
import { ThingPolicies } from './thing-policies.ts';
import { topicConditions } from './topic-condition.ts';
import type { TwinStack } from './twin-stack.ts';
import { Uploads } from './uploads.ts';

/** Rules that Basic Ingest names need a topic all the same, and nobody may publish on this one. */
const BASIC_INGEST_ONLY = "'basic-ingest/only'";

/** Of the notices of what is kept: one a reason, which is known. */
const REJECT_TOPICS = [...REJECT_REASONS.map((reason) => `${REJECTS_TOPIC}${reason}`), QUARANTINE_TOPIC];

interface TopicRule {
  readonly name: string;
  readonly description: string;
  readonly from: string;
  /** Also takes the fast lane. */
  readonly critical?: boolean;
}

interface IngestStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly twin: TwinStack;
}

/** From an MQTT publish to the canonical event log, or to a reject with a reason. */
export class IngestStack extends Stack {
  readonly ingest: CityStream;
  readonly fastLane: FastLane;

  constructor(scope: Construct, id: string, { deployment, twin, ...props }: IngestStackProps) {
    super(scope, id, { description: 'cityweave: topic rules, the ingest stream and the normalizer', ...props });

    const things = new ThingPolicies(this, 'Things');
    const provisioning = new FleetProvisioning(this, 'Provisioning', { deployment, assets: twin.assets, things });

    this.ingest = new CityStream(this, 'Ingest', { deployment, name: 'ingest' });
    const schemas = new CityTable(this, 'Schemas', { deployment, name: 'schemas', partitionKey: 'fingerprint' });
    const attestations = new Attestations(this, 'Attestations', { deployment });
    this.fastLane = new FastLane(this, 'FastLane', { deployment, twin, schemas, attestations });
    this.#topicRules(deployment, twin.failures);
    this.#normalizer(deployment, twin, {
      schemas,
      attestations,
      uploads: new Uploads(this, 'Uploads', { deployment }),
    });
    new SyncReceiver(this, 'SyncReceiver', { deployment, ingest: this.ingest, twins: twin.twins });

    new CfnOutput(this, 'IngestStreamName', { value: this.ingest.streamName });
    new CfnOutput(this, 'ProvisioningTableName', { value: provisioning.expected.tableName });
    new CfnOutput(this, 'ClaimPolicyName', { value: provisioning.claim.ref });
  }

  #topicRules(deployment: Deployment, failures: Failures): void {
    const delivery = this.#deliveryRole(failures);
    const { ordinary, critical } = topicConditions(deployment.config.criticalTopics);
    this.#topicRule(
      'DeviceRule',
      { delivery, failures },
      {
        name: 'cityweave_dt',
        description: 'Readings of devices',
        from: `'dt/+/+/+/+' WHERE ${ordinary}`,
      },
    );
    if (critical) {
      this.#topicRule(
        'CriticalDeviceRule',
        { delivery, failures },
        {
          name: 'cityweave_dt_critical',
          description: 'Readings on topics that the configuration calls critical',
          from: `'dt/+/+/+/+' WHERE ${critical}`,
          critical: true,
        },
      );
    }
    this.#topicRule(
      'FrameRule',
      { delivery, failures },
      {
        name: 'cityweave_ingest',
        description: 'Frames of gateways, by Basic Ingest',
        from: BASIC_INGEST_ONLY,
      },
    );
    this.#topicRule(
      'CriticalFrameRule',
      { delivery, failures },
      {
        name: 'cityweave_critical',
        description: 'Frames of gateways on critical topics, by Basic Ingest',
        from: BASIC_INGEST_ONLY,
        critical: true,
      },
    );
    this.#topicRule(
      'SensorRule',
      { delivery, failures },
      {
        name: 'cityweave_sensors',
        description: 'Legacy payloads that come through a bridge',
        from: "'sensors/+/+'",
      },
    );
    this.#topicRule(
      'LorawanRule',
      { delivery, failures },
      {
        name: 'cityweave_lorawan',
        description: 'Uplinks of LoRaWAN devices, as their network server wraps them',
        from: "'lorawan/+/+/up'",
      },
    );
  }

  /**
   * One right, to one stream, and one for what the stream did not take, for rules of this account only (IoT guide,
   * "Cross-service confused deputy prevention").
   */
  #deliveryRole(failures: Failures): Role {
    const put = new PolicyStatement({ actions: ['kinesis:PutRecord'], resources: [this.ingest.streamArn] });
    const putFailure = new PolicyStatement({ actions: ['s3:PutObject'], resources: [failures.ruleObjects] });
    const role = new Role(this, 'DeliveryRole', {
      assumedBy: new ServicePrincipal('iot.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      inlinePolicies: { ingest: new PolicyDocument({ statements: [put, putFailure] }) },
    });
    failures.acceptPrefix(role, failures.ruleObjects);
    return role;
  }

  /** The payload stays opaque: what decodes it comes after the stream, where a mistake can be mended and tried again. */
  #topicRule(
    id: string,
    { delivery, failures }: { delivery: Role; failures: Failures },
    { name, description, from, critical = false }: TopicRule,
  ): void {
    const rule = new CfnTopicRule(this, id, {
      ruleName: name,
      topicRulePayload: {
        description,
        awsIotSqlVersion: '2016-03-23',
        sql:
          "SELECT encode(*, 'base64') AS payload, topic() AS topic, clientid() AS clientId, principal() AS principal, " +
          `timestamp() AS receivedAtMs, traceid() AS messageId FROM ${from}`,
        actions: [
          {
            kinesis: {
              streamName: this.ingest.streamName,
              partitionKey: '${topic()}',
              roleArn: delivery.roleArn,
            },
          },
          ...(critical ? [this.fastLane.action] : []),
        ],
        errorAction: {
          s3: { bucketName: failures.bucketName, key: RULE_FAILURE_KEY, roleArn: delivery.roleArn },
        },
      },
    });
    if (critical) this.fastLane.admit(rule);
  }

  #normalizer(
    deployment: Deployment,
    twin: TwinStack,
    { schemas, attestations, uploads }: { schemas: CityTable; attestations: Attestations; uploads: Uploads },
  ): void {
    const normalizer = new CityFunction(this, 'Normalizer', {
      deployment,
      name: 'normalizer',
      description: 'Decodes, validates and stamps readings; keeps those that fail, with the reason',
      environment: {
        STAGE: deployment.stageName,
        OBSERVATIONS_STREAM: twin.observations.streamName,
        REJECTS_TABLE: twin.failures.rejects.tableName,
        FAILURES_BUCKET: twin.failures.bucketName,
        ASSETS_TABLE: twin.assets.tableName,
        SCHEMAS_TABLE: schemas.tableName,
        ...attestations.environment,
        UPLOADS_BUCKET: uploads.bucketName,
      } satisfies Environment<(typeof NORMALIZER_VARIABLES)[number]>,
      memoryMiB: 1024,
      timeoutS: CONSUMER_TIMEOUT_S,
    });
    normalizer.allow(['dynamodb:BatchGetItem'], twin.assets.tableArn, schemas.tableArn);
    attestations.allowJudging(normalizer);
    uploads.allowLookingUp(normalizer);
    normalizer.allow(['kinesis:PutRecords'], twin.observations.streamArn);
    normalizer.allow(['dynamodb:BatchWriteItem'], twin.failures.rejects.tableArn);
    normalizer.allow(['s3:PutObject'], twin.failures.cappedObjects);
    twin.failures.acceptPrefix(normalizer, twin.failures.cappedObjects);
    const topics = REJECT_TOPICS.map((resourceName) =>
      this.formatArn({ service: 'iot', resource: 'topic', resourceName }),
    );
    normalizer.allow(['iot:Publish'], ...topics);
    allowCommands(normalizer, 'ack');
    consume(normalizer, this.ingest, { deployment, failures: twin.failures });
  }
}
