import { isRecord } from '../is-record.ts';

interface Metric {
  readonly namespace: string;
  readonly name: string;
  /** Dimension → value. */
  readonly dimensions: Readonly<Record<string, string>>;
}

/** What is known of the samples of one minute or more. */
export interface Statistics {
  readonly sum: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

export const MINUTE_MS = 60_000;

/** A day of minutes, and more metrics than a city has. What is beyond is dropped, the oldest first. */
const MINUTES_MAX = 24 * 60;
const METRICS_MAX = 10_000;

interface Series extends Metric {
  /** By the minute's start. */
  readonly minutes: Map<number, Statistics>;
}

export interface MetricStore {
  add(metric: Metric, atMs: number, values: readonly number[]): void;
  /** Takes what a function printed, if it is in the embedded metric format, and passes over it if it is not. */
  readLine(line: string): void;
  list(): readonly Metric[];
  /** By the start of the minute. */
  minutes(metric: Metric): ReadonlyMap<number, Statistics>;
}

/** The last day's metrics, by the minute, in memory. */
export function createMetricStore(): MetricStore {
  const series = new Map<string, Series>();

  function add(metric: Metric, atMs: number, values: readonly number[]): void {
    const key = keyOf(metric);
    const found = series.get(key) ?? { ...metric, minutes: new Map<number, Statistics>() };
    if (!series.has(key) && series.size >= METRICS_MAX) return;
    series.set(key, found);
    const minuteMs = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
    const sample = { sum: 0, count: values.length, min: Math.min(...values), max: Math.max(...values) };
    const statistics = values.reduce((total, value) => ({ ...total, sum: total.sum + value }), sample);
    found.minutes.set(minuteMs, merge([statistics, ...[found.minutes.get(minuteMs) ?? []].flat()]));
    if (found.minutes.size > MINUTES_MAX) found.minutes.delete(Math.min(...found.minutes.keys()));
  }

  return {
    add,
    readLine(line) {
      for (const { metric, atMs, values } of readEmbedded(line)) add(metric, atMs, values);
    },
    list: () => [...series.values()],
    minutes: (metric) => series.get(keyOf(metric))?.minutes ?? new Map(),
  };
}

export function merge([first, ...rest]: readonly Statistics[]): Statistics {
  const start = first ?? { sum: 0, count: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
  return rest.reduce(
    (a, b) => ({
      sum: a.sum + b.sum,
      count: a.count + b.count,
      min: Math.min(a.min, b.min),
      max: Math.max(a.max, b.max),
    }),
    start,
  );
}

function keyOf({ namespace, name, dimensions }: Metric): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

interface Sample {
  readonly metric: Metric;
  readonly atMs: number;
  readonly values: readonly number[];
}

/** docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
function readEmbedded(line: string): readonly Sample[] {
  if (!line.includes('"CloudWatchMetrics"')) return [];
  const document = parse(line);
  const aws = isRecord(document) ? document._aws : undefined;
  if (!isRecord(document) || !isRecord(aws)) return [];
  return records(aws.CloudWatchMetrics).flatMap((directive) => {
    const dimensionSets: readonly unknown[] = Array.isArray(directive.Dimensions) ? directive.Dimensions : [[]];
    return records(directive.Metrics).flatMap(({ Name: name }) => {
      const values = [document[String(name)]].flat().filter((value) => typeof value === 'number');
      if (values.length === 0) return [];
      return dimensionSets.map((set) => ({
        metric: { namespace: String(directive.Namespace), name: String(name), dimensions: pick(document, set) },
        atMs: Number(aws.Timestamp),
        values,
      }));
    });
  });
}

function pick(document: Readonly<Record<string, unknown>>, names: unknown): Record<string, string> {
  const wanted: readonly unknown[] = Array.isArray(names) ? names : [];
  return Object.fromEntries(wanted.map((name) => [String(name), String(document[String(name)])]));
}

function records(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
