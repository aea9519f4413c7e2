import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { CALIBRATION_METRICS } from '../../lambdas/calibration/environment.ts';
import { CONFLICT_RESOLVER_METRICS } from '../../lambdas/conflict-resolver/environment.ts';
import { FAILURE_RECORDER_METRICS } from '../../lambdas/failure-recorder/environment.ts';
import { HISTORY_WRITER_METRICS } from '../../lambdas/history-writer/environment.ts';
import { NORMALIZER_METRICS } from '../../lambdas/normalizer/environment.ts';
import { REVIEW_OPENER_METRICS } from '../../lambdas/review-opener/environment.ts';
import { SYNC_RECEIVER_METRICS } from '../../lambdas/sync-receiver/environment.ts';
import type { Deployment } from '../deployment.ts';
import { PROJECT } from '../names.ts';
import type { AlarmPlan } from './alarm-plan.ts';
import { cityMetric, errorActionFailures, FIVE_MINUTES, functionMetric, iteratorAge } from './aws-metrics.ts';
import type { Watched } from './watched.ts';

const ZONE_SILENT_MINUTES = 15;
const STANDSTILL_PERIODS = 3;
/** A batch takes seconds; what has waited a minute, minute after minute, is a backlog. */
const BEHIND_MS = 60_000;
const BEHIND_PERIODS = 5;
const HOUR_MS = 3_600_000;
/** Of a function that runs every hour, and of one that runs every day. */
const CALIBRATION_SILENT_HOURS = 2;
const CHECKPOINT_SILENT_HOURS = 26;
const REFUSED_PERCENT = 5;
const REFUSED_PERIODS = 3;
/** One failure now and then is the network; these many in five minutes are a cause. */
const FAILURES_RECORDED = 10;

/** Where readings stop, wait or are turned away. */
export function flowAlarms(watched: Watched, deployment: Deployment): AlarmPlan[] {
  return [
    ...Object.keys(deployment.config.zones).map((zone) => zoneAlarm(zone, deployment)),
    ...watched.rules.map((rule) => homelessAlarm(rule)),
    refusedAlarm(),
    ...watched.consumers.flatMap((consumer) => consumerAlarms(consumer, deployment)),
    recorderAlarm(),
    ...counterAlarms(),
    ...(deployment.stage.archiveDays === undefined ? [] : archiveAlarms()),
    ...(deployment.config.historyStore === 'none' ? [] : historyAlarms()),
  ];
}

function zoneAlarm(zone: string, { stage: { alarms } }: Deployment): AlarmPlan {
  const minutes = alarms?.zoneSilentMinutes ?? ZONE_SILENT_MINUTES;
  const metric = cityMetric('normalizer', NORMALIZER_METRICS.accepted, { zone }).with({ period: Duration.minutes(1) });
  return {
    id: `zone-${zone}-is-silent`,
    says: `No reading of zone ${zone} was accepted for ${minutes} minutes.`,
    section: 'a-zone-goes-silent',
    metric,
    when: { below: 1 },
    periods: minutes,
    silence: 'is-bad',
  };
}

/** The action failed, and then the error action that should have kept the message. */
function homelessAlarm(rule: string): AlarmPlan {
  return {
    id: `${rule}-lost-a-message`,
    says: `Rule ${rule} could neither deliver a message nor keep it.`,
    section: 'a-message-found-no-home',
    metric: errorActionFailures(rule),
    when: { atLeast: 1 },
    periods: 1,
    silence: 'is-good',
  };
}

function refusedAlarm(): AlarmPlan {
  const metric = (name: string) => cityMetric('normalizer', name);
  return {
    id: 'many-readings-are-refused',
    says: `At least ${REFUSED_PERCENT} % of all readings were rejected or quarantined for 15 minutes.`,
    section: 'many-readings-are-refused',
    metric: new MathExpression({
      expression: 'IF(readings > 0, 100 * (rejected + quarantined) / readings, 0)',
      usingMetrics: {
        readings: metric(NORMALIZER_METRICS.readings),
        rejected: metric(NORMALIZER_METRICS.rejected),
        quarantined: metric(NORMALIZER_METRICS.quarantined),
      },
      period: FIVE_MINUTES,
      label: 'refused, %',
    }),
    when: { atLeast: REFUSED_PERCENT },
    periods: REFUSED_PERIODS,
    silence: 'is-good',
  };
}

/** Without records Lambda measures no age: that a consumer is never called at all is the third alarm's to say. */
function consumerAlarms(consumer: string, { stage: { streamRetentionHours } }: Deployment): AlarmPlan[] {
  const age = { section: 'a-consumer-is-behind', metric: iteratorAge(consumer), silence: 'is-good' } as const;
  return [
    {
      ...age,
      id: `${consumer}-is-behind`,
      says: `${consumer} reads records more than a minute after they came.`,
      when: { atLeast: BEHIND_MS },
      periods: BEHIND_PERIODS,
    },
    {
      ...age,
      id: `${consumer}-is-about-to-lose`,
      says: `${consumer} reads records that are past half of the ${streamRetentionHours} hours that their stream keeps them.`,
      when: { atLeast: (streamRetentionHours * HOUR_MS) / 2 },
      periods: 1,
    },
    {
      id: `${consumer}-stands-still`,
      says: `${consumer} was not called for 15 minutes.`,
      section: 'a-consumer-stands-still',
      metric: functionMetric(consumer, 'Invocations'),
      when: { below: 1 },
      periods: STANDSTILL_PERIODS,
      silence: 'is-bad',
    },
  ];
}

function recorderAlarm(): AlarmPlan {
  return {
    id: 'failure-recorder-is-busy',
    says: `At least ${FAILURES_RECORDED} deliveries or batches failed for good within five minutes.`,
    section: 'the-failure-recorder-is-busy',
    metric: functionMetric(`${PROJECT}-failure-recorder`, 'Invocations'),
    when: { atLeast: FAILURES_RECORDED },
    periods: 1,
    silence: 'is-good',
  };
}

/** What a function counts and should never have to. */
function counterAlarms(): AlarmPlan[] {
  const { recordsUndecodable, twinsRefused, deltasIncomplete, reviewsMissed } = CONFLICT_RESOLVER_METRICS;
  return [
    unreadableAlarm('conflict-resolver', recordsUndecodable),
    {
      id: 'a-twin-is-refused',
      says: 'A twin cannot be written as it is; the readings that would make it so are kept as rejects.',
      section: 'a-twin-is-refused',
      ...never('conflict-resolver', twinsRefused),
    },
    {
      id: 'subscribers-are-told-too-little',
      says: 'A twin is too large for a message, or the broker took none; its subscribers must ask the API.',
      section: 'subscribers-are-told-too-little',
      ...never('conflict-resolver', deltasIncomplete),
    },
    {
      id: 'a-disagreement-is-open',
      says: 'Sources disagree about something safety-critical, and its fail-safe value holds until somebody decides.',
      section: 'a-disagreement-is-open',
      ...never('review-opener', REVIEW_OPENER_METRICS.open),
    },
    {
      id: 'a-disagreement-is-missed',
      says: 'Whether sources disagree about something safety-critical could not be read or noted.',
      section: 'disagreements-go-unseen',
      ...never('conflict-resolver', reviewsMissed),
    },
    {
      id: 'a-disagreement-is-not-opened',
      says: 'A disagreement that has lasted could not be opened, or nobody could be told of it.',
      section: 'disagreements-go-unseen',
      ...never('review-opener', REVIEW_OPENER_METRICS.failed),
    },
    {
      id: 'nobody-opens-disagreements',
      says: 'review-opener was not called for 15 minutes.',
      section: 'disagreements-go-unseen',
      ...uncalled('review-opener', FIVE_MINUTES, STANDSTILL_PERIODS),
    },
    {
      id: 'a-gateway-differs',
      says: 'What a gateway says it has sent is not in the twins, or the reverse, and sending it again changes nothing.',
      section: 'a-gateway-differs',
      ...never('sync-receiver', SYNC_RECEIVER_METRICS.mismatches),
    },
    {
      id: 'a-failure-cannot-be-read',
      says: 'The failure bucket holds an object that the recorder does not understand.',
      section: 'a-failure-cannot-be-read',
      ...never('failure-recorder', FAILURE_RECORDER_METRICS.unreadable),
    },
  ];
}

/** What schedules do with the log's archive. */
function archiveAlarms(): AlarmPlan[] {
  const section = 'the-archive-is-not-read';
  return [
    {
      id: 'nobody-calibrates',
      says: 'calibration was not called for two hours.',
      section,
      ...uncalled('calibration', Duration.hours(1), CALIBRATION_SILENT_HOURS),
    },
    {
      id: 'a-bucket-is-not-calibrated',
      says: 'A bucket of the log holds more readings of an hour than a calibration has memory for.',
      section,
      ...never('calibration', CALIBRATION_METRICS.skipped),
    },
    {
      id: 'an-archived-object-is-damaged',
      says: 'An object of the archived log cannot be read to its end.',
      section,
      ...never('calibration', CALIBRATION_METRICS.damaged),
    },
    {
      id: 'nobody-writes-checkpoints',
      says: 'checkpoint was not called for 26 hours.',
      section,
      ...uncalled('checkpoint', Duration.hours(1), CHECKPOINT_SILENT_HOURS),
    },
  ];
}

function historyAlarms(): AlarmPlan[] {
  const { recordsRejected, recordsUndecodable } = HISTORY_WRITER_METRICS;
  return [
    {
      id: 'history-refuses-readings',
      says: 'Timestream refused readings; they are in the log and in the twin, not in history.',
      section: 'history-refuses-readings',
      ...never('history-writer', recordsRejected),
    },
    unreadableAlarm('history-writer', recordsUndecodable),
  ];
}

function unreadableAlarm(service: string, metricName: string): AlarmPlan {
  return {
    id: `${service}-cannot-read-a-record`,
    says: `${service} found a record on the observations stream that holds no observations.`,
    section: 'a-record-cannot-be-read',
    ...never(service, metricName),
  };
}

function never(service: string, metricName: string): Pick<AlarmPlan, 'metric' | 'when' | 'periods' | 'silence'> {
  return { metric: cityMetric(service, metricName), when: { atLeast: 1 }, periods: 1, silence: 'is-good' };
}

/** For a function that a schedule calls. */
function uncalled(name: string, period: Duration, periods: number): Omit<AlarmPlan, 'id' | 'says' | 'section'> {
  const metric = functionMetric(`${PROJECT}-${name}`, 'Invocations').with({ period });
  return { metric, when: { below: 1 }, periods, silence: 'is-bad' };
}
