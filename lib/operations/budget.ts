import { Aws } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { PROJECT } from '../names.ts';

const ACTUAL_PERCENT = 80;
const FORECASTED_PERCENT = 100;

/**
 * Tells when the account has spent most of its month's limit, and when it is on the way beyond it. Not filtered by tag:
 * until somebody activates `project` as a cost allocation tag, such a filter matches nothing and says so to nobody.
 */
export class MonthlyBudget extends CfnBudget {
  constructor(scope: Construct, id: string, { limitUsd, topic }: { limitUsd: number; topic: ITopic }) {
    const subscribers = [{ subscriptionType: 'SNS', address: topic.topicArn }];
    const notify = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
      notification: { notificationType, threshold, thresholdType: 'PERCENTAGE', comparisonOperator: 'GREATER_THAN' },
      subscribers,
    });
    super(scope, id, {
      // Budgets are the account's, not the region's.
      budget: {
        budgetName: `${PROJECT}-${Aws.REGION}`,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: limitUsd, unit: 'USD' },
      },
      notificationsWithSubscribers: [notify('ACTUAL', ACTUAL_PERCENT), notify('FORECASTED', FORECASTED_PERCENT)],
    });
  }
}
