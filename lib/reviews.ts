import { ArnFormat, Stack } from 'aws-cdk-lib';
import { ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { type REVIEW_OPENER_VARIABLES, REVIEWS_TOPIC } from '../lambdas/review-opener/environment.ts';
import type { Environment } from '../lambdas/shared/environment.ts';
import type { Calibration } from './calibration.ts';
import { CityFunction } from './city-function.ts';
import { CitySchedule } from './city-schedule.ts';
import { CityTable, text } from './city-table.ts';
import { allowDeltas } from './delta-topics.ts';
import type { Deployment } from './deployment.ts';

/** Of the reviews that are open; an item is in it from its opening on. */
const OPEN_INDEX = 'open';

/** As often as a schedule can run: a disagreement is opened so much later than it might be. */
const SCHEDULE = 'rate(1 minute)';

interface ReviewsProps {
  readonly deployment: Deployment;
  readonly twins: CityTable;
  readonly calibration: Calibration;
}

/**
 * Disagreements about what is safety-critical, from their onset to the agreement that ends them, and the function that
 * opens those that last.
 */
export class Reviews extends Construct {
  readonly table: CityTable;

  constructor(scope: Construct, id: string, props: ReviewsProps) {
    super(scope, id);
    this.table = new CityTable(this, 'Table', {
      deployment: props.deployment,
      name: 'reviews',
      partitionKey: 'assetId',
      sortKey: 'attribute',
      expiresAt: 'expiresAt',
    });
    this.table.addGlobalSecondaryIndex({
      indexName: OPEN_INDEX,
      partitionKey: text('openId'),
      projectionType: ProjectionType.ALL,
    });
    new CitySchedule(this, 'Schedule', {
      target: this.#opener(props),
      runs: [
        {
          description: 'Has the disagreements opened that have lasted too long',
          expression: SCHEDULE,
          retry: 'never',
        },
      ],
    });
  }

  /** Lets a function note onsets and agreements. */
  allowWatching(watcher: CityFunction): void {
    watcher.allow(
      ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      this.table.tableArn,
    );
  }

  /** Lets a function list what is open, and keep what authorities say of it. */
  allowSettling(settler: CityFunction): void {
    settler.allow(['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem'], this.table.tableArn);
    settler.allow(['dynamodb:Query', 'dynamodb:Scan'], `${this.table.tableArn}/index/${OPEN_INDEX}`);
  }

  #opener({ deployment, twins, calibration }: ReviewsProps): CityFunction {
    const opener = new CityFunction(this, 'Opener', {
      deployment,
      name: 'review-opener',
      description: 'Opens the disagreements that last, and tells of each',
      environment: {
        TWINS_TABLE: twins.tableName,
        REVIEWS_TABLE: this.table.tableName,
        CALIBRATIONS_TABLE: calibration.table.tableName,
      } satisfies Environment<(typeof REVIEW_OPENER_VARIABLES)[number]>,
      memoryMiB: 512,
      timeoutS: 60,
    });
    opener.allow(['dynamodb:BatchGetItem'], twins.tableArn);
    opener.allow(
      ['dynamodb:BatchGetItem', 'dynamodb:Scan', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      this.table.tableArn,
    );
    calibration.allowReading(opener);
    allowDeltas(opener);
    const topics = Object.keys(deployment.config.zones).map((zone) => `${REVIEWS_TOPIC}${zone}`);
    opener.allow(['iot:Publish'], ...topics.map((topic) => topicArn(this, topic)));
    return opener;
  }
}

function topicArn(scope: Construct, topic: string): string {
  return Stack.of(scope).formatArn({
    service: 'iot',
    resource: 'topic',
    resourceName: topic,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
}
