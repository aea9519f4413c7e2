import { Duration } from 'aws-cdk-lib';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { CityFunction } from './city-function.ts';

/** Lambda tries a failing batch until its records leave the stream. */
const RETRY_UNTIL_EXPIRY = -1;

/**
 * Lambda's own limit of records; it also cuts a batch at 6 MB, which 180 full records of observations reach, or some
 * 4,000 of one reading each. A backlog is worked off the faster the more of it comes together, because the readings of
 * an asset within a batch share one write of its twin.
 */
const BATCH_SIZE_MAX = 10_000;

/**
 * Has a function read a stream from its oldest record on: LATEST misses what arrives while the mapping is being made.
 * No window: the records that arrive during one invocation are the next batch, so batches grow with the load by
 * themselves. A handler settles bad records itself, so that what it reports as failed is a dependency's failure, and
 * worth trying for as long as the stream keeps the record; bisecting separates a record that kills the function from
 * its neighbours.
 */
export function consume(consumer: CityFunction, stream: IStream): void {
  consumer.lambda.addEventSource(
    new KinesisEventSource(stream, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE_MAX,
      maxBatchingWindow: Duration.seconds(0),
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: RETRY_UNTIL_EXPIRY,
    }),
  );
}
