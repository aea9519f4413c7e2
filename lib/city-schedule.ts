import { Aws } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { CityFunction } from './city-function.ts';

/** When a function is called, and with what. */
export interface Run {
  readonly description: string;
  /** `rate(…)` or `cron(…)`, in UTC. */
  readonly expression: string;
  readonly input?: object;
  /** Absent, the scheduler tries again for a day; `never` where the next run does what this one has not. */
  readonly retry?: 'never';
}

interface CityScheduleProps {
  readonly target: CityFunction;
  readonly runs: readonly Run[];
}

/** Calls a function at set times, under a role that may do nothing else and that only this account's schedules take on. */
export class CitySchedule extends Construct {
  constructor(scope: Construct, id: string, { target: { lambda }, runs }: CityScheduleProps) {
    super(scope, id);
    const invoke = new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [lambda.functionArn] });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      inlinePolicies: { invoke: new PolicyDocument({ statements: [invoke] }) },
    });
    for (const [index, { description, expression, input, retry }] of runs.entries()) {
      new CfnSchedule(this, `Run${index}`, {
        description,
        scheduleExpression: expression,
        flexibleTimeWindow: { mode: 'OFF' },
        target: {
          arn: lambda.functionArn,
          roleArn: role.roleArn,
          ...(input && { input: JSON.stringify(input) }),
          ...(retry === 'never' && { retryPolicy: { maximumRetryAttempts: 0 } }),
        },
      });
    }
  }
}
