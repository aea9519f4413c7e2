import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmPlan } from './alarm-plan.ts';
import { functionMetric, ruleMetric, streamMetric, tableErrors, tableThrottles } from './aws-metrics.ts';
import type { RunbookSection } from './runbook.ts';
import type { Watched } from './watched.ts';

/** A consumer's batch that failed once comes again by itself; one that fails for this long does not mend itself. */
const CONSUMER_ERROR_PERIODS = 3;
const THROTTLED_PERIODS = 2;
const API_ERRORS = 5;

/** What AWS says of functions, streams, tables, rules and the API: AWS emits each of these only when it happens. */
export function serviceAlarms(
  { functions, consumers, streams, tables, rules }: Watched,
  apiErrors: IMetric,
): AlarmPlan[] {
  return [
    ...rules.map((name) => throttled(name, ruleMetric(name, 'RuleMessageThrottled'))),
    ...streams.flatMap((name) => [
      throttled(`${name}-writes`, streamMetric(name, 'WriteProvisionedThroughputExceeded')),
      throttled(`${name}-reads`, streamMetric(name, 'ReadProvisionedThroughputExceeded')),
    ]),
    ...functions.flatMap((name) => [
      throttled(name, functionMetric(name, 'Throttles')),
      {
        ...failing('a-function-fails', `${name} threw or ran out of time.`, functionMetric(name, 'Errors')),
        id: `${name}-fails`,
        periods: consumers.includes(name) ? CONSUMER_ERROR_PERIODS : 1,
      },
    ]),
    ...tables.flatMap((name) => [
      throttled(name, tableThrottles(name)),
      {
        ...failing('a-table-fails', `DynamoDB answered ${name} with errors of its own.`, tableErrors(name)),
        id: `${name}-fails`,
      },
    ]),
    {
      ...failing('the-api-fails', `The API answered ${API_ERRORS} requests with 5xx within five minutes.`, apiErrors),
      id: 'the-api-fails',
      when: { atLeast: API_ERRORS },
    },
  ];
}

function throttled(id: string, metric: IMetric): AlarmPlan {
  const plan = failing('throttled', `AWS turned away calls to ${id} for ten minutes.`, metric);
  return { ...plan, id: `${id}-is-throttled`, periods: THROTTLED_PERIODS };
}

function failing(section: RunbookSection, says: string, metric: IMetric): Omit<AlarmPlan, 'id'> {
  return { section, says, metric, when: { atLeast: 1 }, periods: 1, silence: 'is-good' };
}
