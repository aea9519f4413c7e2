import assert from 'node:assert/strict';
import { Aws, Duration, Fn, Stack, Validations } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import { LogStream } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { CityLogGroup } from './city-log-group.ts';
import type { CityStream } from './city-stream.ts';
import type { Deployment } from './deployment.ts';
import { PROJECT } from './names.ts';

const NAME = `${PROJECT}-archive`;

/** First part of the keys: what is archived, and what could not be. */
const OBSERVATIONS = 'observations/';
const ERRORS = 'errors/';

/** Requests cost more than bytes: as large as can still be read at a go, and on the disk within minutes. */
const BUFFERING_HINTS = { sizeInMBs: 64, intervalInSeconds: 300 };

interface ArchiveProps {
  readonly deployment: Deployment;
  readonly observations: CityStream;
  readonly archiveDays: number;
}

/**
 * The event log beyond its stream's retention: gzipped objects by the hour, each of which is one `ObservationRecord`,
 * because protobuf reads messages that stand one behind the other as one.
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

  #bucket({ removalPolicy }: Deployment, archiveDays: number): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      bucketName: Fn.sub(`${NAME}-\${AWS::AccountId}-\${AWS::Region}`),
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [
        { expiration: Duration.days(archiveDays), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Only the delivery stream writes here; who reads is in CloudTrail where data events are on.',
    });
    return bucket;
  }

  /** The rights of the Firehose guide, "Grant Firehose access to an Amazon S3 destination", without KMS and Lambda. */
  #role(observations: CityStream): Role {
    const { bucketArn } = this.bucket;
    const resource = this.bucket.node.defaultChild;
    assert(CfnBucket.isCfnBucket(resource));
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
      Validations.of(role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::<${Stack.of(this).getLogicalId(resource)}.Arn>/${prefix}*]`,
        reason: 'Firehose chooses the names of its objects below the prefix.',
      });
    }
    return role;
  }
}
