import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { ApiStack } from './api-stack.ts';
import type { Deployment } from './deployment.ts';
import { PROJECT } from './names.ts';
import type { AlarmPlan } from './operations/alarm-plan.ts';
import { FIVE_MINUTES } from './operations/aws-metrics.ts';
import { MonthlyBudget } from './operations/budget.ts';
import { CityDashboard } from './operations/dashboard.ts';
import { flowAlarms } from './operations/flow-alarms.ts';
import { Notifications } from './operations/notifications.ts';
import { runbookLink } from './operations/runbook.ts';
import { serviceAlarms } from './operations/service-alarms.ts';
import { watchedIn } from './operations/watched.ts';

interface OperationsStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly api: ApiStack;
}

/** What an operator must know of the stacks that the app has so far: alarms, one dashboard, and what the month costs. */
export class OperationsStack extends Stack {
  constructor(scope: Construct, id: string, { deployment, api, ...props }: OperationsStackProps) {
    super(scope, id, { description: 'cityweave: alarms, the dashboard and the budget', ...props });
    const stacks = scope.node.children.filter((each): each is Stack => Stack.isStack(each) && each !== this);
    // Before there is anything to watch, an alarm could only be wrong.
    for (const stack of stacks) this.addStackDependency(stack);

    const { alarms: { email } = {}, monthlyBudgetUsd } = deployment.stage;
    const topic = new Notifications(this, 'Notifications', email);
    const watched = watchedIn(stacks);
    const plans = [
      ...flowAlarms(watched, deployment),
      ...serviceAlarms(watched, api.api.metricServerError({ period: FIVE_MINUTES })),
    ];
    const alarms = plans.map((plan) => this.#alarm(plan, topic));
    new CityDashboard(this, 'Dashboard', {
      watched,
      zones: Object.keys(deployment.config.zones),
      keepsHistory: deployment.config.historyStore !== 'none',
      api: api.api,
      alarms,
    });
    if (monthlyBudgetUsd !== undefined) new MonthlyBudget(this, 'Budget', { limitUsd: monthlyBudgetUsd, topic });

    new CfnOutput(this, 'AlarmTopicArn', { value: topic.topicArn });
  }

  #alarm({ id, says, section, metric, when, periods, silence }: AlarmPlan, topic: ITopic): Alarm {
    const isAtLeast = 'atLeast' in when;
    const alarm = new Alarm(this, id, {
      alarmName: `${PROJECT}-${id.replace(`${PROJECT}-`, '')}`,
      alarmDescription: `${says} What to do: ${runbookLink(section)}`,
      metric,
      threshold: isAtLeast ? when.atLeast : when.below,
      comparisonOperator: isAtLeast
        ? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
        : ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: silence === 'is-bad' ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    const action = new SnsAction(topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  }
}
