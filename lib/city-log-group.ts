import assert from 'node:assert/strict';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Deployment } from './deployment.ts';

interface CityLogGroupProps {
  readonly deployment: Deployment;
  readonly name: string;
}

/** A log group that forgets after the stage's number of days. */
export class CityLogGroup extends LogGroup {
  constructor(scope: Construct, id: string, { deployment: { stage, removalPolicy }, name }: CityLogGroupProps) {
    super(scope, id, { logGroupName: name, retention: retention(stage.logRetentionDays), removalPolicy });
  }
}

/** The configuration was checked against the same list: CloudWatch Logs takes these numbers and no others. */
function retention(days: number): RetentionDays {
  const found = Object.values(RetentionDays).find((each) => each.valueOf() === days);
  assert(typeof found === 'number', `logRetentionDays: CloudWatch Logs has no retention of ${days} days`);
  return found;
}
