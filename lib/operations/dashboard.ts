import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IAlarm,
  type IMetric,
  MathExpression,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Construct } from 'constructs';
import { CONFLICT_RESOLVER_METRICS } from '../../lambdas/conflict-resolver/environment.ts';
import { HISTORY_WRITER_METRICS } from '../../lambdas/history-writer/environment.ts';
import { NORMALIZER_METRICS } from '../../lambdas/normalizer/environment.ts';
import { REVIEW_OPENER_METRICS } from '../../lambdas/review-opener/environment.ts';
import { PROJECT } from '../names.ts';
import {
  brokerMetric,
  cityMetric,
  FIVE_MINUTES,
  functionDuration,
  functionMetric,
  iteratorAge,
  ruleMetric,
  streamMetric,
} from './aws-metrics.ts';
import type { Watched } from './watched.ts';

const GRID_COLUMNS = 24;
const GRAPH_HEIGHT = 6;
/** What CloudWatch takes in one widget; each zone has an alarm ("Dashboard body structure" in the CloudWatch API reference). */
export const ALARMS_PER_WIDGET_MAX = 100;

/** One part of the way of an event: how much passes, what goes wrong, how late it is. */
type Stage = readonly [title: string, volume: IMetric[], trouble: IMetric[], latency: IMetric[]];

interface DashboardProps {
  readonly watched: Watched;
  readonly zones: readonly string[];
  readonly keepsHistory: boolean;
  readonly api: HttpApi;
  readonly alarms: readonly IAlarm[];
}

/** The way of an event from left to right; above it what rings, below it where readings come from and who asks. */
export class CityDashboard extends Dashboard {
  constructor(scope: Construct, id: string, { watched, zones, keepsHistory, api, alarms }: DashboardProps) {
    super(scope, id, { dashboardName: PROJECT });
    for (let start = 0; start < alarms.length; start += ALARMS_PER_WIDGET_MAX) {
      const shown = alarms.slice(start, start + ALARMS_PER_WIDGET_MAX);
      this.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms: shown, width: GRID_COLUMNS, height: 4 }));
    }

    const stages = [
      brokerStage(watched),
      streamStage('ingest'),
      normalizerStage(),
      streamStage('observations'),
      resolverStage(),
      ...(keepsHistory ? [historyStage()] : []),
    ];
    const width = Math.floor(GRID_COLUMNS / stages.length);
    this.addWidgets(...stages.map(([title, volume]) => graph(title, volume, width)));
    this.addWidgets(...stages.map(([title, , trouble]) => graph(`${title}: trouble`, trouble, width)));
    this.addWidgets(...stages.map(([title, , , latency]) => graph(`${title}: latency, ms`, latency, width)));

    const byZone = zones.map((zone) =>
      cityMetric('normalizer', NORMALIZER_METRICS.accepted, { zone }).with({ label: zone }),
    );
    this.addWidgets(
      graph('Readings by zone', byZone, GRID_COLUMNS / 4),
      graph('Open disagreements', [openReviews()], GRID_COLUMNS / 4),
      graph('API', [api.metricCount(), api.metricClientError(), api.metricServerError()], GRID_COLUMNS / 4),
      graph('API: latency, ms', [api.metricLatency({ statistic: 'p99' })], GRID_COLUMNS / 4),
    );
  }
}

/** Counted once a minute, so that their sum would be five times as many. */
function openReviews(): IMetric {
  return cityMetric('review-opener', REVIEW_OPENER_METRICS.open).with({ statistic: 'Maximum' });
}

function brokerStage({ rules }: Watched): Stage {
  return [
    'MQTT',
    [brokerMetric('PublishIn.Success'), ...rules.map((rule) => ruleMetric(rule, 'TopicMatch').with({ label: rule }))],
    [brokerMetric('PublishIn.Throttle'), errorActionFailuresOf(rules)],
    [],
  ];
}

/** A search, because a graph takes one query only. */
function errorActionFailuresOf(rules: readonly string[]): IMetric {
  const names = rules.map((rule) => `"${rule}"`).join(' OR ');
  return new MathExpression({
    expression: `SEARCH('{AWS/IoT,ActionType,RuleName} MetricName="ErrorActionFailure" RuleName=(${names})', 'Sum')`,
    usingMetrics: {},
    period: FIVE_MINUTES,
    label: '',
  });
}

function streamStage(name: 'ingest' | 'observations'): Stage {
  const stream = `${PROJECT}-${name}`;
  return [
    name,
    [streamMetric(stream, 'IncomingRecords')],
    [
      streamMetric(stream, 'WriteProvisionedThroughputExceeded'),
      streamMetric(stream, 'ReadProvisionedThroughputExceeded'),
    ],
    [streamMetric(stream, 'GetRecords.IteratorAgeMilliseconds').with({ statistic: 'Maximum' })],
  ];
}

function normalizerStage(): Stage {
  const byReason = (metricName: string) =>
    new MathExpression({
      expression: `SEARCH('{${PROJECT},reason,service} MetricName="${metricName}"', 'Sum')`,
      usingMetrics: {},
      period: FIVE_MINUTES,
      label: '',
    });
  return [
    'normalizer',
    [cityMetric('normalizer', NORMALIZER_METRICS.readings)],
    [byReason(NORMALIZER_METRICS.rejected), byReason(NORMALIZER_METRICS.quarantined)],
    consumerLatency('normalizer'),
  ];
}

function resolverStage(): Stage {
  const { observations, twinsWritten, twinsRefused, racesLost, dotCollisions, readingsBehindClock, reviewsMissed } =
    CONFLICT_RESOLVER_METRICS;
  return [
    'conflict-resolver',
    serviceMetrics('conflict-resolver', observations, twinsWritten),
    serviceMetrics('conflict-resolver', twinsRefused, racesLost, dotCollisions, readingsBehindClock, reviewsMissed),
    consumerLatency('conflict-resolver'),
  ];
}

function historyStage(): Stage {
  const { observations, recordsRejected, recordsUndecodable } = HISTORY_WRITER_METRICS;
  return [
    'history-writer',
    serviceMetrics('history-writer', observations),
    [
      ...serviceMetrics('history-writer', recordsRejected, recordsUndecodable),
      functionMetric(`${PROJECT}-history-writer`, 'Errors'),
    ],
    consumerLatency('history-writer'),
  ];
}

function serviceMetrics(service: string, ...names: readonly string[]): IMetric[] {
  return names.map((name) => cityMetric(service, name));
}

function consumerLatency(service: string): IMetric[] {
  const functionName = `${PROJECT}-${service}`;
  return [iteratorAge(functionName), functionDuration(functionName)];
}

function graph(title: string, left: IMetric[], width: number): GraphWidget {
  return new GraphWidget({ title, left, width, height: GRAPH_HEIGHT });
}
