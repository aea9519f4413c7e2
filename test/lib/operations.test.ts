import { readFileSync } from 'node:fs';
import { Stack } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { describe, expect, it } from 'vitest';
import { ALARMS_PER_WIDGET_MAX, CityDashboard } from '../../lib/operations/dashboard.ts';
import { type CityApp, cityApp, STAGE_NAMES } from './city-app.ts';
import { testConfig } from './test-config.ts';

const apps = { dev: cityApp('dev'), prod: cityApp('prod') };

const { alarms: _, monthlyBudgetUsd: __, ...silent } = testConfig.stages.dev;
/** Where the configuration names neither an address nor a limit, and keeps no history. */
const quiet = cityApp('dev', {
  ...testConfig,
  historyStore: 'none',
  stages: { ...testConfig.stages, dev: silent },
}).templates.operations;

interface Metric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
}

interface AlarmProperties extends Metric {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly AlarmActions: readonly { readonly Ref: string }[];
  readonly OKActions: readonly { readonly Ref: string }[];
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly EvaluationPeriods: number;
  readonly Period: number;
  readonly TreatMissingData: string;
  readonly Metrics?: readonly { readonly Expression?: string; readonly MetricStat?: { readonly Metric: Metric } }[];
}

function alarmsOf(app: CityApp): AlarmProperties[] {
  return Object.values(app.resources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => Properties as unknown as AlarmProperties,
  );
}

/** Alarms on a metric of one name, by the value of its dimension. */
function watchedBy(app: CityApp, metricName: string, dimension: string): Record<string, AlarmProperties[]> {
  const alarms = alarmsOf(app).filter(({ MetricName }) => MetricName === metricName);
  const value = ({ Dimensions }: AlarmProperties) => Dimensions.find(({ Name }) => Name === dimension)?.Value ?? '';
  return Object.fromEntries(Map.groupBy(alarms, value));
}

function namesOf(app: CityApp, type: string, property: string): string[] {
  return Object.values(app.resources(type))
    .map(({ Properties }) => String(Properties[property]))
    .toSorted();
}

/** The functions that the templates' event-source mappings name. */
function consumersIn(app: CityApp): string[] {
  const functions = app.resources('AWS::Lambda::Function');
  const names = Object.entries(app.resources('AWS::Lambda::EventSourceMapping')).map(([id, { Properties }]) => {
    const { Ref: logicalId } = Properties['FunctionName'] as { readonly Ref: string };
    return functions[`${id.slice(0, id.indexOf('.'))}.${logicalId}`]?.Properties.FunctionName ?? logicalId;
  });
  expect(names).not.toEqual([]);
  return [...new Set(names)].toSorted();
}

/** GitHub's anchors of the headings, as Markdown renderers make them. */
const sections = new Set(
  readFileSync('docs/runbook.md', 'utf8')
    .split('\n')
    .filter((line) => /^#{2,} /.test(line))
    .map((line) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    ),
);

describe.each(STAGE_NAMES)('alarms in %s', (stage) => {
  const app = apps[stage];
  const alarms = alarmsOf(app);

  it('have names of their own, say what is wrong, and name a section of the runbook that exists', () => {
    expect(new Set(alarms.map(({ AlarmName }) => AlarmName)).size).toBe(alarms.length);
    for (const { AlarmName, AlarmDescription } of alarms) {
      expect(AlarmName).toMatch(/^cityweave-[\w.:-]+$/);
      const [, section] = /^[^\n]+\. What to do: docs\/runbook\.md#([\w-]+)$/.exec(AlarmDescription) ?? [];
      expect(sections, AlarmDescription).toContain(section);
    }
  });

  it('tell the topic, and tell it again when it is over', () => {
    const [topic] = Object.keys(app.templates.operations.findResources('AWS::SNS::Topic'));
    for (const { AlarmActions, OKActions } of alarms) {
      expect([...AlarmActions, ...OKActions]).toEqual([{ Ref: topic }, { Ref: topic }]);
    }
  });

  it('watch every function, every consumer, every stream, every table and every rule', () => {
    const functions = namesOf(app, 'AWS::Lambda::Function', 'FunctionName');
    for (const metric of ['Errors', 'Throttles']) {
      expect(Object.keys(watchedBy(app, metric, 'FunctionName')).toSorted()).toEqual(functions);
    }
    expect(Object.keys(watchedBy(app, 'IteratorAge', 'FunctionName')).toSorted()).toEqual(consumersIn(app));
    for (const metric of ['WriteProvisionedThroughputExceeded', 'ReadProvisionedThroughputExceeded']) {
      const streams = namesOf(app, 'AWS::Kinesis::Stream', 'Name');
      expect(Object.keys(watchedBy(app, metric, 'StreamName')).toSorted()).toEqual(streams);
    }
    const inTables = alarms.flatMap(({ Metrics = [] }) =>
      Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []),
    );
    for (const metric of ['WriteThrottleEvents', 'SystemErrors']) {
      const tables = inTables.filter(({ MetricName }) => MetricName === metric).flatMap(({ Dimensions }) => Dimensions);
      const watched = new Set(tables.filter(({ Name }) => Name === 'TableName').map(({ Value }) => Value));
      expect([...watched].toSorted()).toEqual(namesOf(app, 'AWS::DynamoDB::Table', 'TableName'));
    }
    const rules = namesOf(app, 'AWS::IoT::TopicRule', 'RuleName');
    expect(Object.keys(watchedBy(app, 'RuleMessageThrottled', 'RuleName')).toSorted()).toEqual(rules);
  });

  it('find what an error action lost whatever its type, which AWS makes a dimension beside the rule', () => {
    const queries = alarms.flatMap(({ Metrics = [] }) =>
      Metrics.filter(({ Expression }) => Expression?.includes('ErrorActionFailure')),
    );
    const rules = namesOf(app, 'AWS::IoT::TopicRule', 'RuleName');
    expect(queries).toHaveLength(rules.length);
    for (const rule of rules) {
      const Expression = `SELECT SUM(ErrorActionFailure) FROM "AWS/IoT" WHERE RuleName = '${rule}'`;
      expect(queries).toContainEqual(expect.objectContaining({ Expression, Period: 300, ReturnData: true }));
    }
  });

  it('take silence for bad exactly where something must always come', () => {
    const silent = alarms.filter(({ TreatMissingData }) => TreatMissingData === 'breaching');
    expect(new Set(silent.map(({ MetricName }) => MetricName))).toEqual(new Set(['ReadingsAccepted', 'Invocations']));
    for (const { ComparisonOperator, Threshold } of silent) {
      expect([ComparisonOperator, Threshold]).toEqual(['LessThanThreshold', 1]);
    }
    for (const { TreatMissingData } of alarms) expect(['breaching', 'notBreaching']).toContain(TreatMissingData);
  });

  it('stay within what CloudWatch evaluates: ten metrics, a day of minutes', () => {
    for (const { Metrics = [], Period = 300, EvaluationPeriods } of alarms) {
      expect(Metrics.filter(({ MetricStat }) => MetricStat).length).toBeLessThanOrEqual(10);
      expect(Period * EvaluationPeriods).toBeLessThanOrEqual(24 * 3600);
    }
  });

  it('know a silent zone for each zone, after the stage’s minutes', () => {
    const zones = watchedBy(app, 'ReadingsAccepted', 'zone');
    expect(Object.keys(zones).toSorted()).toEqual(Object.keys(testConfig.zones).toSorted());
    for (const { Period, EvaluationPeriods } of Object.values(zones).flat()) {
      expect((Period * EvaluationPeriods) / 60).toBe({ dev: 15, prod: 7 }[stage]);
    }
  });

  it('warn of a consumer that is a minute behind, and before its stream forgets', () => {
    const hours = testConfig.stages[stage].streamRetentionHours;
    for (const ages of Object.values(watchedBy(app, 'IteratorAge', 'FunctionName'))) {
      expect(ages.map(({ Threshold }) => Threshold)).toEqual([60_000, (hours * 3_600_000) / 2]);
    }
  });
});

describe('the topic', () => {
  const { operations } = apps.prod.templates;

  it('is encrypted under a key that rotates and that CloudWatch and Budgets may use, of this account only', () => {
    const ofThisAccount = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };
    const services = { Service: ['budgets.amazonaws.com', 'cloudwatch.amazonaws.com'] };
    const [key] = Object.values(operations.findResources('AWS::KMS::Key'));
    expect(key?.['Properties'].EnableKeyRotation).toBe(true);
    expect(key?.['Properties'].KeyPolicy.Statement).toContainEqual({
      Effect: 'Allow',
      Principal: services,
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      Resource: '*',
      Condition: ofThisAccount,
    });
    const [policy] = Object.values(operations.findResources('AWS::SNS::TopicPolicy'));
    const statements = policy?.['Properties'].PolicyDocument.Statement;
    expect(statements).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Principal: services,
        Action: 'sns:Publish',
        Condition: ofThisAccount,
      }),
    );
    expect(statements).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Principal: '*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
    operations.hasResourceProperties('AWS::SNS::Topic', {
      KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^NotificationsKey'), 'Arn'] },
    });
  });

  it('writes to the address of the configuration, and to nobody without one', () => {
    operations.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'operators@city.example',
    });
    quiet.resourceCountIs('AWS::SNS::Subscription', 0);
  });
});

describe('the budget', () => {
  it('is the configuration’s, told at 80 % spent and at 100 % forecast', () => {
    const [budget] = Object.values(apps.prod.templates.operations.findResources('AWS::Budgets::Budget'));
    expect(budget?.['Properties']).toMatchObject({
      Budget: { BudgetType: 'COST', TimeUnit: 'MONTHLY', BudgetLimit: { Amount: 321, Unit: 'USD' } },
      NotificationsWithSubscribers: [
        { Notification: { NotificationType: 'ACTUAL', Threshold: 80, ThresholdType: 'PERCENTAGE' } },
        { Notification: { NotificationType: 'FORECASTED', Threshold: 100, ThresholdType: 'PERCENTAGE' } },
      ],
    });
    quiet.resourceCountIs('AWS::Budgets::Budget', 0);
  });
});

describe('the dashboard', () => {
  it('shows the way of an event from left to right, in rows of 24 columns', () => {
    const { widgets } = dashboardIn(apps.prod.templates.operations);
    const [status, ...graphs] = widgets;
    expect(status?.properties.alarms).toHaveLength(alarmsOf(apps.prod).length);
    const row = graphs.filter(({ y }) => y === graphs[0]?.y).toSorted((a, b) => a.x - b.x);
    expect(row.map(({ properties }) => properties.title)).toEqual([
      'MQTT',
      'ingest',
      'normalizer',
      'observations',
      'conflict-resolver',
      'history-writer',
    ]);
    for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24);
  });
});

it.each([
  [ALARMS_PER_WIDGET_MAX, [100]],
  [ALARMS_PER_WIDGET_MAX + 1, [100, 1]],
])('%i alarms fill widgets of %j', (alarmCount, expected) => {
  const stack = new Stack();
  const alarms = Array.from({ length: alarmCount }, (_, index) =>
    Alarm.fromAlarmName(stack, `Alarm${index}`, `alarm-${index}`),
  );
  const watched = { functions: [], consumers: [], streams: [], tables: [], rules: [] };
  const api = new HttpApi(stack, 'Api');
  const dashboard = new CityDashboard(stack, 'Dashboard', { watched, zones: [], keepsHistory: false, api, alarms });
  const { widgets } = dashboardIn(Template.fromStack(Stack.of(dashboard)));
  expect(widgets.flatMap(({ properties }) => properties.alarms?.length ?? [])).toEqual(expected);
});

it('without history there is no alarm and no graph of it', () => {
  expect(JSON.stringify(quiet.toJSON())).not.toMatch(/history/i);
});

interface Widget {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly properties: { readonly title: string; readonly alarms?: readonly string[] };
}

function dashboardIn(template: Template): { readonly widgets: readonly Widget[] } {
  const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  // References become a letter, so that what is left is the JSON that CloudWatch gets.
  const parts: unknown[] = dashboard?.['Properties'].DashboardBody['Fn::Join'][1];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'x')).join(''));
}
