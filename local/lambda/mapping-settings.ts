import { readFailureBucket } from './failure-destination.ts';
import { readFilterCriteria, type RecordFilter } from './filter-criteria.ts';
import type { StartingPosition } from './starting-position.ts';

/** An `AWS::Lambda::EventSourceMapping` on a Kinesis stream, as far as the local cloud honours it. */
export interface MappingSettings {
  readonly functionName: string;
  readonly streamArn: string;
  readonly enabled: boolean;
  readonly startingPosition: StartingPosition;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly reportBatchItemFailures: boolean;
  readonly bisectBatchOnFunctionError: boolean;
  /** Infinity when records are retried until they expire. */
  readonly retryAttemptsMax: number;
  /** Infinity when only the stream's retention counts. */
  readonly recordAgeMsMax: number;
  /** How many batches of a shard may be under way at a time, those of one partition key never. */
  readonly parallelizationFactor: number;
  /** What it drops is passed over, as if it had been done. */
  readonly accepts: RecordFilter;
  /** Where what is given up goes; undefined when it is only logged. */
  readonly failureBucket: string | undefined;
}

interface Range {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** The value that stands for no limit. */
  readonly unlimited?: number;
}

const BATCH_SIZE: Range = { default: 100, min: 1, max: 10_000 };
const BATCHING_WINDOW_SECONDS: Range = { default: 0, min: 0, max: 300 };
const RETRY_ATTEMPTS: Range = { default: -1, min: 0, max: 10_000, unlimited: -1 };
const RECORD_AGE_SECONDS: Range = { default: -1, min: 60, max: 604_800, unlimited: -1 };
const PARALLELIZATION_FACTOR: Range = { default: 1, min: 1, max: 10 };

/** With it a mapping would hand the function other events than it does in AWS. */
const REFUSED_PROPERTY = 'TumblingWindowInSeconds';

type Properties = Readonly<Record<string, unknown>>;

/**
 * Reads a mapping's properties. Throws with the property's name when the template asks for what is not done.
 * docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html
 */
export function readMappingSettings(properties: Properties): MappingSettings {
  if (properties[REFUSED_PROPERTY] !== undefined) {
    throw new Error(`event source mapping: ${REFUSED_PROPERTY} is not supported by the local cloud`);
  }
  const streamArn = String(properties.EventSourceArn);
  if (!/^arn:[^:]+:kinesis:.*:stream\/[^/]+$/.test(streamArn)) {
    throw new Error(`event source mapping: EventSourceArn is ${streamArn}; expected the ARN of a Kinesis stream`);
  }
  return {
    functionName: String(properties.FunctionName),
    streamArn,
    enabled: properties.Enabled !== false && properties.Enabled !== 'false',
    startingPosition: readStartingPosition(properties),
    batchSize: readNumber(properties, 'BatchSize', BATCH_SIZE),
    batchingWindowMs: 1000 * readNumber(properties, 'MaximumBatchingWindowInSeconds', BATCHING_WINDOW_SECONDS),
    reportBatchItemFailures: readResponseTypes(properties.FunctionResponseTypes),
    bisectBatchOnFunctionError: String(properties.BisectBatchOnFunctionError) === 'true',
    retryAttemptsMax: readNumber(properties, 'MaximumRetryAttempts', RETRY_ATTEMPTS),
    recordAgeMsMax: 1000 * readNumber(properties, 'MaximumRecordAgeInSeconds', RECORD_AGE_SECONDS),
    parallelizationFactor: readNumber(properties, 'ParallelizationFactor', PARALLELIZATION_FACTOR),
    accepts: readFilterCriteria(properties.FilterCriteria),
    failureBucket: readFailureBucket(properties),
  };
}

export function streamNameOf(streamArn: string): string {
  return streamArn.slice(streamArn.indexOf('/') + 1);
}

function readStartingPosition(properties: Properties): StartingPosition {
  const { StartingPosition: kind, StartingPositionTimestamp: epochSeconds } = properties;
  if (kind === 'AT_TIMESTAMP') {
    const atMs = 1000 * Number(epochSeconds ?? Number.NaN);
    if (!(atMs <= Date.now())) {
      const given = String(epochSeconds);
      throw new Error(
        `event source mapping: StartingPositionTimestamp is ${given}; expected a past Unix time, seconds`,
      );
    }
    return { kind, atMs };
  }
  if (epochSeconds !== undefined) {
    throw new Error('event source mapping: StartingPositionTimestamp goes with StartingPosition AT_TIMESTAMP only');
  }
  if (kind !== 'TRIM_HORIZON' && kind !== 'LATEST') {
    const expected = 'TRIM_HORIZON, LATEST or AT_TIMESTAMP';
    throw new Error(`event source mapping: StartingPosition is ${String(kind)}; expected ${expected}`);
  }
  return { kind };
}

function readResponseTypes(value: unknown): boolean {
  return Array.isArray(value) && value.includes('ReportBatchItemFailures');
}

function readNumber(properties: Properties, property: string, range: Range): number {
  const value = Number(properties[property] ?? range.default);
  if (value === range.unlimited) {
    return Number.POSITIVE_INFINITY;
  }
  if (!Number.isInteger(value) || value < range.min || value > range.max) {
    throw new Error(
      `event source mapping: ${property} is ${String(properties[property])}; expected ${range.min} to ${range.max}`,
    );
  }
  return value;
}
