import { Aws, Duration, Fn, Validations } from 'aws-cdk-lib';
import { CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Environment } from '../lambdas/shared/environment.ts';
import { UPLOADS_PREFIX, type UPLOAD_SLOTS_VARIABLES } from '../lambdas/upload-slots/environment.ts';
import { CityFunction } from './city-function.ts';
import type { Deployment } from './deployment.ts';
import { allowIotInvocation } from './iot-invocation.ts';
import { PROJECT } from './names.ts';
import { allowCommands } from './sync-receiver.ts';

/** A gateway that has no answer after so long has asked again. */
const REQUEST_AGE_MAX = Duration.minutes(1);

interface UploadsProps {
  readonly deployment: Deployment;
}

/**
 * What is too large for a message: a gateway asks for a slot, puts the object into the bucket, and sends a reading that
 * refers to it (docs/formats.md, "Claim check").
 */
export class Uploads extends Construct {
  readonly bucketName = Fn.sub(`${PROJECT}-uploads-\${AWS::AccountId}-\${AWS::Region}`);
  readonly #bucketArn = `arn:${Aws.PARTITION}:s3:::${PROJECT}-uploads-${Aws.ACCOUNT_ID}-${Aws.REGION}`;

  constructor(scope: Construct, id: string, { deployment }: UploadsProps) {
    super(scope, id);
    this.#bucket(deployment);
    const slots = this.#slots(deployment);
    this.#rule(slots);
  }

  /** Lets a function look whether an object is there, and what it is. */
  allowLookingUp(reader: CityFunction): void {
    this.#allow(reader, 's3:GetObject');
    // Without it, S3 answers for an object that is not there as for one that is forbidden.
    reader.allow(['s3:ListBucket'], this.#bucketArn);
  }

  #allow(holder: CityFunction, action: string): void {
    holder.allow([action], `${this.#bucketArn}/${UPLOADS_PREFIX}*`);
    const bucket = `arn:<AWS::Partition>:s3:::${PROJECT}-uploads-<AWS::AccountId>-<AWS::Region>`;
    Validations.of(holder).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${bucket}/${UPLOADS_PREFIX}*]`,
      reason: 'An object’s name has its gateway and its SHA-256 in it.',
    });
  }

  #bucket({ stage, removalPolicy }: Deployment): void {
    const bucket = new Bucket(this, 'Bucket', {
      bucketName: this.bucketName,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
        { expiration: Duration.days(stage.uploadDays ?? stage.rejectRetentionDays) },
      ],
      removalPolicy,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Every object’s name says which gateway put it there; who reads is in CloudTrail where data events are on.',
    });
  }

  #slots(deployment: Deployment): CityFunction {
    const slots = new CityFunction(this, 'Slots', {
      deployment,
      name: 'upload-slots',
      description: 'Gives gateways URLs to upload to, each for one object',
      environment: {
        UPLOADS_BUCKET: this.bucketName,
      } satisfies Environment<(typeof UPLOAD_SLOTS_VARIABLES)[number]>,
      memoryMiB: 512,
      timeoutS: 10,
    });
    // What a URL may do is what its signer may do.
    this.#allow(slots, 's3:PutObject');
    allowCommands(slots, 'uploads/reply');
    slots.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: REQUEST_AGE_MAX });
    return slots;
  }

  /** Without an error action: a request is no reading, and who has no answer asks again. */
  #rule(slots: CityFunction): void {
    const rule = new CfnTopicRule(this, 'Rule', {
      ruleName: 'cityweave_uploads',
      topicRulePayload: {
        description: 'Gateways that ask for a place to upload to',
        awsIotSqlVersion: '2016-03-23',
        sql:
          "SELECT encode(*, 'base64') AS payload, topic() AS topic, clientid() AS clientId, principal() AS principal, " +
          "timestamp() AS receivedAtMs, traceid() AS messageId FROM 'cmd/+/gateway/+/uploads/request'",
        actions: [{ lambda: { functionArn: slots.lambda.functionArn } }],
      },
    });
    allowIotInvocation(slots, rule.attrArn);
  }
}
