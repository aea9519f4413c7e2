import assert from 'node:assert/strict';
import { Aws, Duration, Fn, Validations } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct, type IConstruct } from 'constructs';
import {
  FAILURE_PREFIXES,
  type FAILURE_RECORDER_VARIABLES,
  type Sweep,
} from '../lambdas/failure-recorder/environment.ts';
import { CAPPED_PREFIX } from '../lambdas/normalizer/environment.ts';
import type { Environment } from '../lambdas/shared/environment.ts';
import { CityFunction } from './city-function.ts';
import { CitySchedule } from './city-schedule.ts';
import type { CityStream } from './city-stream.ts';
import { CityTable } from './city-table.ts';
import type { Deployment } from './deployment.ts';
import { PROJECT } from './names.ts';

/** Longer than S3 goes on telling, so that a sweep finds what nobody else will record. */
const SWEEP: Sweep = { sweepOlderThanMinutes: 15 };

interface FailuresProps {
  readonly deployment: Deployment;
  readonly observations: CityStream;
}

/**
 * Where everything goes that could not be delivered or processed: a bucket for what services can only write there, the
 * table of rejects, and the function that makes the one into the other. All of the bucket's names are literal, because
 * the bucket tells the function, so that the function's rights must not wait for the bucket.
 */
export class Failures extends Construct {
  readonly bucketName = Fn.sub(`${PROJECT}-failures-\${AWS::AccountId}-\${AWS::Region}`);
  readonly bucketArn = `arn:${Aws.PARTITION}:s3:::${PROJECT}-failures-${Aws.ACCOUNT_ID}-${Aws.REGION}`;
  readonly rejects: CityTable;
  /** Depend on it to come after the bucket. */
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { deployment, observations }: FailuresProps) {
    super(scope, id);
    this.rejects = new CityTable(this, 'Rejects', {
      deployment,
      name: 'rejects',
      partitionKey: 'reason',
      sortKey: 'packId',
      expiresAt: 'expiresAt',
    });
    const recorder = this.#recorder(deployment, observations);
    this.bucket = this.#bucket(deployment, recorder);
    new CitySchedule(this, 'Sweep', {
      target: recorder,
      runs: [
        {
          description: 'Has the failure recorder look for what it was told of and could not keep',
          expression: 'rate(15 minutes)',
          input: SWEEP,
          retry: 'never',
        },
      ],
    });
  }

  /** For error actions of topic rules. */
  get ruleObjects(): string {
    return this.#objects(FAILURE_PREFIXES.rules);
  }

  /** For on-failure destinations of Lambda; it also lists the bucket (Lambda guide, "Retain discarded batch records"). */
  get mappingObjects(): string {
    return this.#objects(FAILURE_PREFIXES.mappings);
  }

  /** For rejects of a source that floods. */
  get cappedObjects(): string {
    return this.#objects(CAPPED_PREFIX);
  }

  /** Accepts, for what lies below `scope`, that one of the above names objects by their prefix. */
  acceptPrefix(scope: IConstruct, objects: string): void {
    const bucket = `arn:<AWS::Partition>:s3:::${PROJECT}-failures-<AWS::AccountId>-<AWS::Region>`;
    Validations.of(scope).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${bucket}${objects.slice(this.bucketArn.length)}]`,
      reason: 'Whoever writes a failure chooses the name of its object below the prefix.',
    });
  }

  #objects(prefix: string): string {
    return `${this.bucketArn}/${prefix}*`;
  }

  #recorder(deployment: Deployment, observations: CityStream): CityFunction {
    const recorder = new CityFunction(this, 'Recorder', {
      deployment,
      name: 'failure-recorder',
      description: 'Makes a reject of every message that was not delivered and every batch that was given up',
      environment: {
        STAGE: deployment.stageName,
        REJECTS_TABLE: this.rejects.tableName,
        OBSERVATIONS_STREAM: observations.streamName,
        FAILURES_BUCKET: this.bucketName,
      } satisfies Environment<(typeof FAILURE_RECORDER_VARIABLES)[number]>,
      memoryMiB: 1024,
      timeoutS: 300,
    });
    const objects = Object.values(FAILURE_PREFIXES).map((prefix) => this.#objects(prefix));
    recorder.allow(['s3:GetObject', 's3:DeleteObject'], ...objects);
    for (const each of objects) this.acceptPrefix(recorder, each);
    // For the sweep; and without it, S3 answers for an object that is gone as for one that is forbidden.
    recorder.allow(['s3:ListBucket'], this.bucketArn);
    recorder.allow(['dynamodb:BatchWriteItem'], this.rejects.tableArn);
    recorder.lambda.addPermission('Bucket', {
      principal: new ServicePrincipal('s3.amazonaws.com'),
      sourceArn: this.bucketArn,
      sourceAccount: Aws.ACCOUNT_ID,
    });
    return recorder;
  }

  /** The L2 construct's own notifications come with a custom resource in Python; CloudFormation needs none. */
  #bucket({ stage, removalPolicy }: Deployment, recorder: CityFunction): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      bucketName: this.bucketName,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [{ expiration: Duration.days(stage.rejectRetentionDays) }],
      removalPolicy,
    });
    const resource = bucket.node.defaultChild;
    assert(CfnBucket.isCfnBucket(resource));
    resource.notificationConfiguration = {
      lambdaConfigurations: Object.values(FAILURE_PREFIXES).map((prefix) => ({
        event: 's3:ObjectCreated:*',
        function: recorder.lambda.functionArn,
        filter: { s3Key: { rules: [{ name: 'prefix', value: prefix }] } },
      })),
    };
    // S3 asks the function at once whether it may call it.
    bucket.node.addDependency(recorder);
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Only services of the account write here, what has failed; an access log would outgrow it.',
    });
    return bucket;
  }
}
