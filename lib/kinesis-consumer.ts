import { Duration } from 'aws-cdk-lib';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { CityFunction } from './city-function.ts';

/** Lambda tries a failing batch until its records leave the stream. */
const RETRY_UNTIL_EXPIRY = -1;

/**
 * A full record packs 25 KB of observations, and some 180 of those fill an invocation's 6 MB, where Lambda cuts a batch
 * by itself. A small one holds what a short batch of readings had for one bucket: the more of them come together, the
 * more readings of an asset share one write of its twin.
 */
export const OBSERVATION_BATCH_SIZE_MAX = 2000;

interface ConsumerOptions {
  /** Most records in one invocation; 10,000 and 6 MB are Lambda's limits. */
  readonly batchSizeMax: number;
}

/**
 * Has a function read a stream from its oldest record on: LATEST misses what arrives while the mapping is being made.
 * No window: the records that arrive during one invocation are the next batch, so batches grow with the load by
 * themselves. A handler settles bad records itself, so that what it reports as failed is a dependency's failure, and
 * worth trying for as long as the stream keeps the record; bisecting separates a record that kills the function from
 * its neighbours.
 */
export function consume(consumer: CityFunction, stream: IStream, { batchSizeMax }: ConsumerOptions): void {
  consumer.lambda.addEventSource(
    new KinesisEventSource(stream, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: batchSizeMax,
      maxBatchingWindow: Duration.seconds(0),
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: RETRY_UNTIL_EXPIRY,
    }),
  );
}
