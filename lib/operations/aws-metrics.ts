import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { PROJECT } from '../names.ts';

const MINUTE = Duration.minutes(1);
export const FIVE_MINUTES = Duration.minutes(5);

/** Every operation that a function asks of a table; DynamoDB counts its own errors by operation only. */
const TABLE_OPERATIONS = ['BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'];

/** What a function of ours emits: Powertools adds the dimension `service`, the function's name without the project. */
export function cityMetric(
  service: string,
  metricName: string,
  dimensions: Readonly<Record<string, string>> = {},
): Metric {
  return sum(PROJECT, metricName, { service, ...dimensions });
}

export function functionMetric(functionName: string, metricName: 'Errors' | 'Invocations' | 'Throttles'): Metric {
  return sum('AWS/Lambda', metricName, { FunctionName: functionName });
}

/** Milliseconds between a record's arrival in its stream and its being handed to the function. */
export function iteratorAge(functionName: string): Metric {
  return sum('AWS/Lambda', 'IteratorAge', { FunctionName: functionName }).with({
    statistic: Stats.MAXIMUM,
    period: MINUTE,
  });
}

export function functionDuration(functionName: string): Metric {
  return sum('AWS/Lambda', 'Duration', { FunctionName: functionName }).with({ statistic: Stats.percentile(99) });
}

export function streamMetric(streamName: string, metricName: string): Metric {
  return sum('AWS/Kinesis', metricName, { StreamName: streamName });
}

export function ruleMetric(ruleName: string, metricName: 'RuleMessageThrottled' | 'TopicMatch'): Metric {
  return sum('AWS/IoT', metricName, { RuleName: ruleName });
}

/**
 * Messages that the error action of a rule lost. AWS IoT Core counts actions by their type, too, as it calls it; a metric
 * is found by all of its dimensions or not at all, but a query need not name them.
 */
export function errorActionFailures(ruleName: string): MathExpression {
  return new MathExpression({
    expression: `SELECT SUM(ErrorActionFailure) FROM "AWS/IoT" WHERE RuleName = '${ruleName}'`,
    usingMetrics: {},
    period: FIVE_MINUTES,
    label: `${ruleName} lost`,
  });
}

/** Messages that the broker took, and that it turned away, over MQTT. */
export function brokerMetric(metricName: 'PublishIn.Success' | 'PublishIn.Throttle'): Metric {
  return sum('AWS/IoT', metricName, { Protocol: 'MQTT' });
}

export function tableThrottles(tableName: string): MathExpression {
  const metrics = ['ReadThrottleEvents', 'WriteThrottleEvents'];
  return total(
    metrics.map((name) => sum('AWS/DynamoDB', name, { TableName: tableName })),
    `${tableName} throttled`,
  );
}

export function tableErrors(tableName: string): MathExpression {
  const metrics = TABLE_OPERATIONS.map((Operation) =>
    sum('AWS/DynamoDB', 'SystemErrors', { TableName: tableName, Operation }),
  );
  return total(metrics, `${tableName} failed`);
}

/** A series that says nothing counts as nought: a plain sum has no value where one of its terms has none. */
function total(metrics: readonly Metric[], label: string): MathExpression {
  const named = metrics.map((metric, index) => [`m${index}`, metric] as const);
  return new MathExpression({
    expression: named.map(([id]) => `FILL(${id}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(named),
    period: FIVE_MINUTES,
    label,
  });
}

function sum(namespace: string, metricName: string, dimensionsMap: Record<string, string>): Metric {
  return new Metric({ namespace, metricName, dimensionsMap, statistic: Stats.SUM, period: FIVE_MINUTES });
}
