/** An `AWS::Lambda::EventSourceMapping` on a Kinesis stream, as far as the local cloud honours it. */
export interface MappingSettings {
  readonly functionName: string;
  readonly streamArn: string;
  readonly enabled: boolean;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly reportBatchItemFailures: boolean;
  readonly bisectBatchOnFunctionError: boolean;
  /** Infinity when records are retried until they expire. */
  readonly retryAttemptsMax: number;
  /** Infinity when only the stream's retention counts. */
  readonly recordAgeMsMax: number;
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

/** Without these a mapping would hand the function other events than it does in AWS. */
const REFUSED_PROPERTIES = ['FilterCriteria', 'TumblingWindowInSeconds', 'StartingPositionTimestamp'];

type Properties = Readonly<Record<string, unknown>>;

/**
 * Reads a mapping's properties. Throws with the property's name when the template asks for what is not done.
 * docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html
 */
export function readMappingSettings(properties: Properties): MappingSettings {
  const refused = REFUSED_PROPERTIES.find((property) => properties[property] !== undefined);
  if (refused !== undefined) {
    throw new Error(`event source mapping: ${refused} is not supported by the local cloud`);
  }
  const streamArn = String(properties.EventSourceArn);
  if (!/^arn:[^:]+:kinesis:.*:stream\/[^/]+$/.test(streamArn)) {
    throw new Error(`event source mapping: EventSourceArn is ${streamArn}; expected the ARN of a Kinesis stream`);
  }
  return {
    functionName: String(properties.FunctionName),
    streamArn,
    enabled: properties.Enabled !== false && properties.Enabled !== 'false',
    startingPosition: readStartingPosition(properties.StartingPosition),
    batchSize: readNumber(properties, 'BatchSize', BATCH_SIZE),
    batchingWindowMs: 1000 * readNumber(properties, 'MaximumBatchingWindowInSeconds', BATCHING_WINDOW_SECONDS),
    reportBatchItemFailures: readResponseTypes(properties.FunctionResponseTypes),
    bisectBatchOnFunctionError: String(properties.BisectBatchOnFunctionError) === 'true',
    retryAttemptsMax: readNumber(properties, 'MaximumRetryAttempts', RETRY_ATTEMPTS),
    recordAgeMsMax: 1000 * readNumber(properties, 'MaximumRecordAgeInSeconds', RECORD_AGE_SECONDS),
  };
}

/** What a mapping asks for that is accepted and not yet done, in words for the start of the local cloud. */
export function listUnhonoured(properties: Properties): string[] {
  const factor = readNumber(properties, 'ParallelizationFactor', PARALLELIZATION_FACTOR);
  return [
    ...(factor > 1 ? [`ParallelizationFactor ${factor} runs as 1, in the order of the whole shard`] : []),
    ...(properties.DestinationConfig === undefined ? [] : ['DestinationConfig: what is given up is logged, not sent']),
  ];
}

export function streamNameOf(streamArn: string): string {
  return streamArn.slice(streamArn.indexOf('/') + 1);
}

function readStartingPosition(value: unknown): 'TRIM_HORIZON' | 'LATEST' {
  if (value !== 'TRIM_HORIZON' && value !== 'LATEST') {
    throw new Error(`event source mapping: StartingPosition is ${String(value)}; expected TRIM_HORIZON or LATEST`);
  }
  return value;
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
