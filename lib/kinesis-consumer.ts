import assert from 'node:assert/strict';
import { Duration } from 'aws-cdk-lib';
import { FilterCriteria, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import { HOLD_MARGIN_MS } from '../lambdas/shared/environment.ts';
import type { CityFunction } from './city-function.ts';
import type { Deployment } from './deployment.ts';
import type { Failures } from './failures.ts';

/**
 * Lambda's own limit of records; it also cuts a batch at 6 MB, which 180 full records of observations reach, or some
 * 4,000 of one reading each. A backlog is worked off the faster the more of it comes together, because the readings of
 * an asset within a batch share one write of its twin.
 */
const BATCH_SIZE_MAX = 10_000;

/** Of one stream consumer's invocation; a failing dependency is waited for so long before Lambda counts a retry. */
export const CONSUMER_TIMEOUT_S = 300;

/** A record goes to the failure bucket this long before the stream forgets it. */
const EXPIRY_MARGIN_HOURS = 1;

/** What Lambda takes (Lambda API, `CreateEventSourceMapping`). */
const RECORD_AGE_HOURS_MAX = 168;
const RETRY_ATTEMPTS_MAX = 10_000;

interface ConsumerProps {
  readonly deployment: Deployment;
  /** Absent, what is given up is dropped. */
  readonly failures?: Failures;
  /** Ends of the topics whose messages it reads; absent, all. */
  readonly topicSuffixes?: readonly string[];
  readonly window?: Duration;
}

/**
 * Has a function read a stream from its oldest record on: LATEST misses what arrives while the mapping is being made.
 * No window, unless one is asked for: the records that arrive during one invocation are the next batch, so batches grow
 * with the load by themselves. One batch of a shard at a time, for the largest merges.
 *
 * A handler settles bad records itself and waits for a failing dependency, so that it reports a failure only after
 * nearly its whole time. Lambda therefore may count retries: as many as such waits fill the time that the stream keeps a
 * record. A record that kills the function is parted from its neighbours by bisecting, which counts no retries, fails
 * much faster than a wait ends, and reaches the failure bucket all the sooner.
 */
export function consume(consumer: CityFunction, stream: IStream, props: ConsumerProps): void {
  const { deployment, failures, topicSuffixes, window = Duration.seconds(0) } = props;
  const { timeout } = consumer.lambda;
  assert(timeout, 'a stream consumer has a timeout');
  const recordAge = recordAgeMax(deployment.stage.streamRetentionHours);
  consumer.lambda.addEventSource(
    new KinesisEventSource(stream, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE_MAX,
      maxBatchingWindow: window,
      parallelizationFactor: 1,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: retriesWithin(recordAge, timeout),
      maxRecordAge: recordAge,
      ...(failures && { onFailure: { bind: () => ({ destination: failures.bucketArn }) } }),
      ...(topicSuffixes && { filters: topicSuffixes.map(topicFilter) }),
    }),
  );
  if (!failures) return;
  consumer.allow(['s3:PutObject'], failures.mappingObjects);
  consumer.allow(['s3:ListBucket'], failures.bucketArn);
  failures.acceptPrefix(consumer, failures.mappingObjects);
  consumer.lambda.node.addDependency(failures.bucket);
}

/** Of the JSON that the topic rules write (Lambda guide, "Using event filtering with a Kinesis event source"). */
function topicFilter(suffix: string): Record<string, string> {
  return FilterCriteria.filter({ data: { topic: [{ suffix }] } });
}

function recordAgeMax(streamRetentionHours: number): Duration {
  return Duration.hours(Math.min(streamRetentionHours, RECORD_AGE_HOURS_MAX) - EXPIRY_MARGIN_HOURS);
}

function retriesWithin(recordAge: Duration, timeout: Duration): number {
  const holdMs = timeout.toMilliseconds() - HOLD_MARGIN_MS;
  return Math.min(RETRY_ATTEMPTS_MAX, Math.ceil(recordAge.toMilliseconds() / holdMs));
}
