import { createHash } from 'node:crypto';
import { CfnOutput, CustomResource, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { ASSET_REGISTRY_VARIABLES } from '../lambdas/asset-registry/environment.ts';
import type { CONFLICT_RESOLVER_VARIABLES } from '../lambdas/conflict-resolver/environment.ts';
import type { Environment } from '../lambdas/shared/environment.ts';
import { Archive } from './archive.ts';
import { Calibration } from './calibration.ts';
import { Checkpoint } from './checkpoint.ts';
import { CityFunction } from './city-function.ts';
import { CityStream } from './city-stream.ts';
import { CityTable, text } from './city-table.ts';
import { allowDeltas } from './delta-topics.ts';
import type { Deployment } from './deployment.ts';
import { Failures } from './failures.ts';
import { CONSUMER_TIMEOUT_S, consume } from './kinesis-consumer.ts';
import { Reviews } from './reviews.ts';

/**
 * What CloudFormation waits for the seed: the function's run and the two retries that Lambda gives an asynchronous event,
 * one and two minutes apart. Without it a function that dies would hold a deploy for an hour.
 */
const SEED_TIMEOUT = Duration.minutes(20);

interface TwinStackProps extends StackProps {
  readonly deployment: Deployment;
}

/** From the canonical event log to the city's current state. */
export class TwinStack extends Stack {
  readonly observations: CityStream;
  /** Here, because the first mapping that needs a place for its failures is here. */
  readonly failures: Failures;
  readonly twins: CityTable;
  /** Indexes of `twins`. */
  readonly twinIndexes = ['byType', 'byZone'] as const;
  readonly reviews: Reviews;
  readonly calibration: Calibration;
  readonly assets: CityTable;

  constructor(scope: Construct, id: string, { deployment, ...props }: TwinStackProps) {
    super(scope, id, { description: 'cityweave: the event log and the digital twin', ...props });

    this.observations = new CityStream(this, 'Observations', { deployment, name: 'observations' });
    const archive = this.#archive(deployment);
    this.failures = new Failures(this, 'Failures', { deployment, observations: this.observations });
    this.twins = this.#twinsTable(deployment);
    this.calibration = new Calibration(this, 'Calibration', { deployment, archive });
    this.reviews = new Reviews(this, 'Reviews', { deployment, twins: this.twins, calibration: this.calibration });
    this.#conflictResolver(deployment);
    if (archive) new Checkpoint(this, 'Checkpoint', { deployment, archive, twins: this.twins });

    this.assets = new CityTable(this, 'Assets', { deployment, name: 'assets', partitionKey: 'assetId' });
    this.#assetRegistry(deployment);

    new CfnOutput(this, 'ObservationsStreamName', { value: this.observations.streamName });
    new CfnOutput(this, 'TwinsTableName', { value: this.twins.tableName });
    new CfnOutput(this, 'ReviewsTableName', { value: this.reviews.table.tableName });
    new CfnOutput(this, 'CalibrationsTableName', { value: this.calibration.table.tableName });
    new CfnOutput(this, 'AssetsTableName', { value: this.assets.tableName });
    new CfnOutput(this, 'RejectsTableName', { value: this.failures.rejects.tableName });
    new CfnOutput(this, 'FailuresBucketName', { value: this.failures.bucketName });
  }

  #archive(deployment: Deployment): Archive | undefined {
    const { archiveDays } = deployment.stage;
    if (archiveDays === undefined) return undefined;
    const archive = new Archive(this, 'Archive', { deployment, observations: this.observations, archiveDays });
    new CfnOutput(this, 'ArchiveBucketName', { value: archive.bucket.bucketName });
    return archive;
  }

  /** An index costs a write only when what it holds changes, and a twin's type and zone hardly ever do. */
  #twinsTable(deployment: Deployment): CityTable {
    const twins = new CityTable(this, 'Twins', { deployment, name: 'twins', partitionKey: 'assetId' });
    const [byType, byZone] = this.twinIndexes;
    twins.addGlobalSecondaryIndex({
      indexName: byType,
      partitionKey: text('assetType'),
      sortKey: text('zone'),
      projectionType: ProjectionType.KEYS_ONLY,
    });
    twins.addGlobalSecondaryIndex({
      indexName: byZone,
      partitionKey: text('zone'),
      sortKey: text('assetId'),
      projectionType: ProjectionType.KEYS_ONLY,
    });
    return twins;
  }

  #conflictResolver(deployment: Deployment): void {
    const resolver = new CityFunction(this, 'ConflictResolver', {
      deployment,
      name: 'conflict-resolver',
      description: 'Merges observations into twins, one conditional write an asset a batch, and publishes deltas',
      environment: {
        STAGE: deployment.stageName,
        TWINS_TABLE: this.twins.tableName,
        REVIEWS_TABLE: this.reviews.table.tableName,
        CALIBRATIONS_TABLE: this.calibration.table.tableName,
        REJECTS_TABLE: this.failures.rejects.tableName,
      } satisfies Environment<(typeof CONFLICT_RESOLVER_VARIABLES)[number]>,
      memoryMiB: 1024,
      timeoutS: CONSUMER_TIMEOUT_S,
    });
    resolver.allow(['dynamodb:BatchGetItem', 'dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'], this.twins.tableArn);
    this.reviews.allowWatching(resolver);
    this.calibration.allowReading(resolver);
    resolver.allow(['dynamodb:BatchWriteItem'], this.failures.rejects.tableArn);
    allowDeltas(resolver);
    consume(resolver, this.observations, { deployment, failures: this.failures });
  }

  #assetRegistry(deployment: Deployment): void {
    const registry = new CityFunction(this, 'AssetRegistry', {
      deployment,
      name: 'asset-registry',
      description: 'Seeds the asset registry from the configuration at each deploy that changes it',
      environment: {
        ASSETS_TABLE: this.assets.tableName,
      } satisfies Environment<(typeof ASSET_REGISTRY_VARIABLES)[number]>,
      memoryMiB: 512,
      timeoutS: 300,
    });
    registry.allow(['dynamodb:PutItem'], this.assets.tableArn);

    // CloudFormation runs the function again when a property changes; the function has the assets in its bundle.
    const assetsSha256 = createHash('sha256').update(JSON.stringify(deployment.config.assets)).digest('hex');
    const seed = new CustomResource(this, 'AssetSeed', {
      resourceType: 'Custom::AssetSeed',
      serviceToken: registry.lambda.functionArn,
      serviceTimeout: SEED_TIMEOUT,
      properties: { AssetsSha256: assetsSha256 },
    });
    seed.node.addDependency(registry);
  }
}
