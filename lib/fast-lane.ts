import { Aws, Duration } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import type { Construct } from 'constructs';
import type { FAST_LANE_VARIABLES } from '../lambdas/fast-lane/environment.ts';
import type { Environment } from '../lambdas/shared/environment.ts';
import { CityFunction } from './city-function.ts';
import type { Attestations } from './attestations.ts';
import type { CityTable } from './city-table.ts';
import { allowDeltas } from './delta-topics.ts';
import type { Deployment } from './deployment.ts';
import type { TwinStack } from './twin-stack.ts';

/** The least that Lambda takes. An event that has waited so long would come behind the bulk lane. */
const EVENT_AGE_MAX = Duration.minutes(1);

interface FastLaneProps {
  readonly deployment: Deployment;
  readonly twin: TwinStack;
  readonly schemas: CityTable;
  readonly attestations: Attestations;
}

/** The shortcut of critical messages: what fails here is not tried again, because the bulk lane has the same message. */
export class FastLane extends CityFunction {
  constructor(scope: Construct, id: string, { deployment, twin, schemas, attestations }: FastLaneProps) {
    super(scope, id, {
      deployment,
      name: 'fast-lane',
      description: 'Normalizes and merges critical messages in one go, ahead of the bulk lane',
      environment: {
        STAGE: deployment.stageName,
        ASSETS_TABLE: twin.assets.tableName,
        SCHEMAS_TABLE: schemas.tableName,
        ...attestations.environment,
        TWINS_TABLE: twin.twins.tableName,
        REVIEWS_TABLE: twin.reviews.table.tableName,
        CALIBRATIONS_TABLE: twin.calibration.table.tableName,
      } satisfies Environment<(typeof FAST_LANE_VARIABLES)[number]>,
      memoryMiB: 1024,
      timeoutS: 10,
    });
    this.allow(['dynamodb:BatchGetItem'], twin.assets.tableArn, schemas.tableArn);
    this.allow(['dynamodb:BatchGetItem', 'dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate'], twin.twins.tableArn);
    attestations.allowJudging(this);
    twin.reviews.allowWatching(this);
    twin.calibration.allowReading(this);
    allowDeltas(this);
    this.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: EVENT_AGE_MAX });
  }

  /** What sends a rule's messages here. */
  get action(): CfnTopicRule.ActionProperty {
    return { lambda: { functionArn: this.lambda.functionArn } };
  }

  /** Lets exactly this rule send. */
  admit(rule: CfnTopicRule): void {
    this.lambda.addPermission(`Invoke${rule.node.id}`, {
      principal: new ServicePrincipal('iot.amazonaws.com'),
      sourceAccount: Aws.ACCOUNT_ID,
      sourceArn: rule.attrArn,
    });
  }
}
