import { isRecord } from '../is-record.ts';
import { merge, type MetricStore, MINUTE_MS, type Statistics } from './metric-store.ts';

type Input = Readonly<Record<string, unknown>>;

/** By the name that a query's `Stat` gives. */
const STATISTICS: Readonly<Record<string, (statistics: Statistics) => number>> = {
  Sum: ({ sum }) => sum,
  Average: ({ sum, count }) => sum / count,
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
  SampleCount: ({ count }) => count,
};

export interface MetricDataResult {
  readonly Id: string;
  readonly Label: string;
  readonly StatusCode: 'Complete';
  /** Epoch seconds, newest first unless asked otherwise. */
  readonly Timestamps: readonly number[];
  readonly Values: readonly number[];
}

/**
 * docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html, for queries that name a metric. Gives
 * why a query cannot be answered as a text.
 */
export function getMetricData(
  store: MetricStore,
  input: Input,
  epochMs: (time: unknown) => number,
): readonly MetricDataResult[] | string {
  const startMs = epochMs(input.StartTime);
  const endMs = epochMs(input.EndTime);
  const queries: readonly unknown[] = Array.isArray(input.MetricDataQueries) ? input.MetricDataQueries : [];
  if (!(startMs < endMs) || queries.length === 0) {
    return 'MetricDataQueries, and a StartTime before an EndTime, must be given.';
  }
  const results: MetricDataResult[] = [];
  for (const query of queries) {
    const result = answerQuery(store, isRecord(query) ? query : {}, startMs, endMs);
    if (typeof result === 'string') return result;
    const isAscending = input.ScanBy === 'TimestampAscending';
    results.push(
      isAscending
        ? result
        : { ...result, Timestamps: result.Timestamps.toReversed(), Values: result.Values.toReversed() },
    );
  }
  return results;
}

function answerQuery(store: MetricStore, query: Input, startMs: number, endMs: number): MetricDataResult | string {
  const { MetricStat: stat } = query;
  if (!isRecord(stat) || !isRecord(stat.Metric)) return 'The local cloud does queries with a MetricStat only.';
  const statistic = STATISTICS[String(stat.Stat)];
  const periodMs = Number(stat.Period) * 1000;
  if (statistic === undefined || !(periodMs >= MINUTE_MS) || periodMs % MINUTE_MS !== 0) {
    return `Stat must be one of ${Object.keys(STATISTICS).join(', ')} and Period a multiple of 60.`;
  }
  const { Namespace: namespace, MetricName: name, Dimensions: dimensions } = stat.Metric;
  const metric = { namespace: String(namespace), name: String(name), dimensions: readDimensions(dimensions) };
  const inside = [...store.minutes(metric)].filter(([minuteMs]) => minuteMs >= startMs && minuteMs < endMs);
  const periods = [...Map.groupBy(inside, ([minuteMs]) => Math.floor(minuteMs / periodMs) * periodMs)].sort(
    ([a], [b]) => a - b,
  );
  return {
    Id: String(query.Id),
    Label: typeof query.Label === 'string' ? query.Label : metric.name,
    StatusCode: 'Complete',
    Timestamps: periods.map(([periodStartMs]) => periodStartMs / 1000),
    Values: periods.map(([, minutes]) => statistic(merge(minutes.map(([, statistics]) => statistics)))),
  };
}

function readDimensions(dimensions: unknown): Record<string, string> {
  const listed: readonly unknown[] = Array.isArray(dimensions) ? dimensions : [];
  return Object.fromEntries(
    listed.filter(isRecord).map(({ Name: name, Value: value }) => [String(name), String(value)]),
  );
}
