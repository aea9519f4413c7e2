import assert from 'node:assert/strict';
import { Aws, Duration, Fn, Stack, Validations } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import { LogStream } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { CityFunction } from './city-function.ts';
import { CityLogGroup } from './city-log-group.ts';
import type { CityStream } from './city-stream.ts';
import type { Deployment } from './deployment.ts';
import { PROJECT } from './names.ts';

const NAME = `${PROJECT}-archive`;

/** First part of the keys: the log, and what of it could not be delivered. */
const OBSERVATIONS = 'observations/';
const ERRORS = 'errors/';
/** First part of the keys of what is joined with the log: all twins, and by what their readings were corrected. */
export const CHECKPOINTS = 'checkpoints/';
export const CALIBRATIONS = 'calibrations/';

export const CHECKPOINT_INTERVAL_DAYS = 1;
/** So much longer than the log stay the checkpoints with which its oldest hours are joined, and one more that may fail. */
const CHECKPOINT_DAYS_BEYOND = 2 * CHECKPOINT_INTERVAL_DAYS;

/** Requests cost more than bytes: as large as can still be read at a go, and on the disk within minutes. */
const BUFFERING_HINTS = { sizeInMBs: 64, intervalInSeconds: 300 };

interface ArchiveProps {
  readonly deployment: Deployment;
  readonly observations: CityStream;
  readonly archiveDays: number;
}

/**
 * The event log beyond its stream's retention: gzipped objects by the hour, each of which is one `ObservationRecord`,
 * because protobuf reads messages that stand one behind the other as one. Checkpoints lie beside it.
 */
export class Archive extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { deployment, observations, archiveDays }: ArchiveProps) {
    super(scope, id);
    this.bucket = this.#bucket(deployment, archiveDays);
    const logGroup = new CityLogGroup(this, 'Logs', { deployment, name: `/aws/kinesisfirehose/${NAME}` });
    const logStream = new LogStream(this, 'DeliveryLog', { logGroup, removalPolicy: deployment.removalPolicy });
    const role = this.#role(observations);
    logGroup.grantWrite(role);

    const delivery = new CfnDeliveryStream(this, 'Delivery', {
      deliveryStreamName: NAME,
      deliveryStreamType: 'KinesisStreamAsSource',
      kinesisStreamSourceConfiguration: { kinesisStreamArn: observations.streamArn, roleArn: role.roleArn },
      extendedS3DestinationConfiguration: {
        bucketArn: this.bucket.bucketArn,
        roleArn: role.roleArn,
        bufferingHints: BUFFERING_HINTS,
        compressionFormat: 'GZIP',
        prefix: `${OBSERVATIONS}!{timestamp:yyyy/MM/dd/HH}/`,
        errorOutputPrefix: `${ERRORS}!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/`,
        fileExtension: '.pb.gz',
        cloudWatchLoggingOptions: {
          enabled: true,
          logGroupName: logGroup.logGroupName,
          logStreamName: logStream.logStreamName,
        },
      },
    });
    Validations.of(delivery).acknowledge({
      id: 'AwsSolutions-KDF1',
      reason: 'Its source is an encrypted stream, and of such a one Firehose keeps nothing itself.',
    });
  }

  /** Lets a function put objects whose keys begin with `prefix`, such as `CHECKPOINTS`. */
  allowWriting(writer: CityFunction, prefix: string): void {
    writer.allow(['s3:PutObject'], this.bucket.arnForObjects(`${prefix}*`));
    this.#acceptPrefix(writer, prefix, 'The time of writing is part of the names of the objects.');
  }

  /** Lets a function read the log, and list what is here. */
  allowReadingLog(reader: CityFunction): void {
    reader.allow(['s3:GetObject'], this.bucket.arnForObjects(`${OBSERVATIONS}*`));
    this.#acceptPrefix(reader, OBSERVATIONS, 'Firehose chooses the names of its objects below the prefix.');
    reader.allow(['s3:ListBucket'], this.bucket.bucketArn);
  }

  #bucket({ removalPolicy }: Deployment, archiveDays: number): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      bucketName: Fn.sub(`${NAME}-\${AWS::AccountId}-\${AWS::Region}`),
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
        ...[OBSERVATIONS, ERRORS].map((prefix) => ({ prefix, expiration: Duration.days(archiveDays) })),
        ...[CHECKPOINTS, CALIBRATIONS].map((prefix) => ({
          prefix,
          expiration: Duration.days(archiveDays + CHECKPOINT_DAYS_BEYOND),
        })),
      ],
      removalPolicy,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Only functions of the account write here; who reads is in CloudTrail where data events are on.',
    });
    return bucket;
  }

  /** The rights of the Firehose guide, "Grant Firehose access to an Amazon S3 destination", without KMS and Lambda. */
  #role(observations: CityStream): Role {
    const { bucketArn } = this.bucket;
    const objects = [OBSERVATIONS, ERRORS].map((prefix) => this.bucket.arnForObjects(`${prefix}*`));
    const statements = [
      new PolicyStatement({
        actions: ['kinesis:DescribeStream', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'],
        resources: [observations.streamArn],
      }),
      new PolicyStatement({
        actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
        resources: [bucketArn],
      }),
      new PolicyStatement({ actions: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'], resources: objects }),
    ];
    const role = new Role(this, 'DeliveryRole', {
      assumedBy: new ServicePrincipal('firehose.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      inlinePolicies: { archive: new PolicyDocument({ statements }) },
    });
    for (const prefix of [OBSERVATIONS, ERRORS]) {
      this.#acceptPrefix(role, prefix, 'Firehose chooses the names of its objects below the prefix.');
    }
    return role;
  }

  #acceptPrefix(scope: Construct, prefix: string, reason: string): void {
    const resource = this.bucket.node.defaultChild;
    assert(CfnBucket.isCfnBucket(resource));
    const bucket = `<${Stack.of(this).getLogicalId(resource)}.Arn>`;
    Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${bucket}/${prefix}*]`, reason });
  }
}
