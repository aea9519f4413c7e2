import type { AwsRequest, AwsResponse, AwsService } from '../gateway/aws-service.ts';
import { errorResponse } from '../gateway/error-response.ts';
import { isRecord } from '../is-record.ts';
import { decodeCbor, encodeCbor } from '../kinesis/cbor.ts';
import { getMetricData } from './get-metric-data.ts';
import { createMetricStore, type MetricStore } from './metric-store.ts';

/** CloudWatch: the metrics that functions print, to be asked for. */
export interface CloudWatch {
  readonly service: AwsService;
  /** For each line that a function prints. */
  readLine(line: string): void;
}

type Input = Readonly<Record<string, unknown>>;
type Outcome = Readonly<Record<string, unknown>> | string;

export function createCloudWatch(): CloudWatch {
  const store = createMetricStore();
  return {
    service: {
      signingName: 'monitoring',
      targetPrefix: 'GraniteServiceVersion20100801',
      handle: async (request) => (isCbor(request) ? answerCbor(store, request) : answerJson(store, request)),
    },
    readLine: (line) => store.readLine(line),
  };
}

/** The SDK for JavaScript speaks JSON 1.0, those for Python and the AWS CLI smithy.io/2.0 "RPC v2 CBOR". */
function isCbor({ headers }: AwsRequest): boolean {
  return headers['smithy-protocol'] === 'rpc-v2-cbor';
}

function answerJson(store: MetricStore, { operation, body }: AwsRequest): AwsResponse {
  const input: unknown = JSON.parse(body.toString() || '{}');
  const outcome = perform(
    store,
    operation,
    isRecord(input) ? input : {},
    (time) => Number(time) * 1000,
    (seconds) => seconds,
  );
  return typeof outcome === 'string'
    ? errorResponse(400, 'InvalidParameterValueException', outcome)
    : { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(outcome) };
}

/** Its times are seconds, where the decoder, made for Kinesis, sees milliseconds. */
function answerCbor(store: MetricStore, { url, body }: AwsRequest): AwsResponse {
  const input = decodeCbor(body);
  const epochMs = (time: unknown): number => (time instanceof Date ? time.getTime() * 1000 : Number.NaN);
  const operation = url.slice(url.lastIndexOf('/') + 1);
  const outcome = perform(store, operation, isRecord(input) ? input : {}, epochMs, (seconds) => new Date(seconds));
  const error = { __type: 'com.amazonaws.cloudwatch#InvalidParameterValueException', message: outcome };
  return {
    status: typeof outcome === 'string' ? 400 : 200,
    headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
    body: encodeCbor(typeof outcome === 'string' ? error : outcome),
  };
}

function perform(
  store: MetricStore,
  operation: string,
  input: Input,
  epochMs: (time: unknown) => number,
  time: (seconds: number) => unknown,
): Outcome {
  switch (operation) {
    case 'GetMetricData': {
      const results = getMetricData(store, input, epochMs);
      if (typeof results === 'string') return results;
      return {
        MetricDataResults: results.map((each) => ({ ...each, Timestamps: each.Timestamps.map(time) })),
        Messages: [],
      };
    }
    case 'ListMetrics':
      return { Metrics: listMetrics(store, input) };
    default:
      return `The local cloud's CloudWatch does not do ${operation}.`;
  }
}

function listMetrics(store: MetricStore, { Namespace: namespace, MetricName: metricName }: Input): readonly object[] {
  return store
    .list()
    .filter((metric) => namespace === undefined || metric.namespace === namespace)
    .filter((metric) => metricName === undefined || metric.name === metricName)
    .map(({ namespace: Namespace, name: MetricName, dimensions }) => ({
      Namespace,
      MetricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    }));
}
