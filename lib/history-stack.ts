import assert from 'node:assert/strict';
import { CfnOutput, Duration, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-timestream';
import type { Construct } from 'constructs';
import type { HISTORY_WRITER_VARIABLES } from '../lambdas/history-writer/environment.ts';
import type { Environment } from '../lambdas/shared/environment.ts';
import { CityFunction } from './city-function.ts';
import type { Deployment } from './deployment.ts';
import { CONSUMER_TIMEOUT_S, consume } from './kinesis-consumer.ts';
import { PROJECT } from './names.ts';
import { allowEndpointDiscovery } from './timestream-discovery.ts';
import type { TwinStack } from './twin-stack.ts';

/** Keys of the reports in the bucket begin with it. */
const REPORT_PREFIX = 'timestream';

interface HistoryStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly twin: TwinStack;
}

/** From the canonical event log to SQL over the past. It can fail, or be left out, without the twin. */
export class HistoryStack extends Stack {
  readonly database: CfnDatabase;
  readonly readings: CfnTable;

  constructor(scope: Construct, id: string, { deployment, twin, ...props }: HistoryStackProps) {
    super(scope, id, { description: 'cityweave: history in Timestream', ...props });

    this.database = new CfnDatabase(this, 'Database', { databaseName: PROJECT });
    this.database.applyRemovalPolicy(deployment.removalPolicy);
    Validations.of(this.database).acknowledge({
      id: 'AwsSolutions-TS3',
      reason: 'Encrypted under the key that AWS manages for Timestream, as the other stores are under theirs.',
    });

    Validations.of(this).acknowledge({
      id: 'CloudFormation-Validate::W3697',
      reason: 'Timestream for LiveAnalytics stays open to accounts that used it before 2025-06-20.',
    });

    const reports = this.#reportBucket(deployment);
    this.readings = this.#readingsTable(deployment, reports);
    this.#historyWriter(deployment, twin, reports);

    new CfnOutput(this, 'HistoryDatabaseName', { value: this.database.ref });
    new CfnOutput(this, 'HistoryTableName', { value: this.readings.attrName });
  }

  /** What Timestream refuses after it has answered: a value for a time that already has another in the magnetic store. */
  #reportBucket({ stage, removalPolicy }: Deployment): Bucket {
    const reports = new Bucket(this, 'RejectedRecords', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [{ expiration: Duration.days(stage.rejectRetentionDays) }],
      removalPolicy,
    });
    Validations.of(reports).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Only Timestream writes here, a few reports that expire; an access log would outgrow them.',
    });
    return reports;
  }

  /**
   * Magnetic-store writes keep what is older than the memory store, such as a replayed file. CDK passes the two nested
   * properties through as they are, hence CloudFormation's spelling.
   */
  #readingsTable({ stage, removalPolicy }: Deployment, reports: Bucket): CfnTable {
    const table = new CfnTable(this, 'Readings', {
      databaseName: this.database.ref,
      tableName: 'readings',
      retentionProperties: {
        MemoryStoreRetentionPeriodInHours: String(stage.historyMemoryHours),
        MagneticStoreRetentionPeriodInDays: String(stage.historyMagneticDays),
      },
      magneticStoreWriteProperties: {
        EnableMagneticStoreWrites: true,
        MagneticStoreRejectedDataLocation: {
          S3Configuration: {
            BucketName: reports.bucketName,
            ObjectKeyPrefix: REPORT_PREFIX,
            EncryptionOption: 'SSE_S3',
          },
        },
      },
    });
    table.applyRemovalPolicy(removalPolicy);
    return table;
  }

  #historyWriter(deployment: Deployment, twin: TwinStack, reports: Bucket): void {
    const writer = new CityFunction(this, 'HistoryWriter', {
      deployment,
      name: 'history-writer',
      description: 'Writes every observation into Timestream and accounts for each that it refuses',
      environment: {
        HISTORY_DATABASE: this.database.ref,
        HISTORY_TABLE: this.readings.attrName,
      } satisfies Environment<(typeof HISTORY_WRITER_VARIABLES)[number]>,
      memoryMiB: 1024,
      timeoutS: CONSUMER_TIMEOUT_S,
    });
    writer.allow(['timestream:WriteRecords'], this.readings.attrArn);
    allowEndpointDiscovery(writer);
    this.#allowReports(writer, reports);
    consume(writer, twin.observations, { deployment, failures: twin.failures });
  }

  /**
   * The Timestream guide does not say with whose rights reports are written; of whoever asks for reports of a batch
   * load it requires these ("Batch load prerequisites").
   */
  #allowReports(writer: CityFunction, reports: Bucket): void {
    writer.allow(['s3:GetBucketAcl'], reports.bucketArn);
    writer.allow(['s3:PutObject'], reports.arnForObjects(`${REPORT_PREFIX}/*`));
    const bucket = reports.node.defaultChild;
    assert(CfnBucket.isCfnBucket(bucket));
    Validations.of(writer).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${this.getLogicalId(bucket)}.Arn>/${REPORT_PREFIX}/*]`,
      reason: 'Timestream chooses the names of its reports below the prefix.',
    });
  }
}
