import { archiveLines } from './archive.ts';
import { ASSUMPTIONS } from './assumptions.ts';
import { type BillLine, line, perSecond } from './bill-line.ts';
import {
  batchesOf,
  flowsOf,
  HOURS_PER_MONTH,
  type KindFlow,
  type StreamFlow,
  streamsOf,
  sumOf,
  units,
} from './flow.ts';
import type { Load } from './load.ts';
import { PRICES } from './prices.ts';

const KIB = 1024;
const GIB = KIB ** 3;
/** DynamoDB reads in units of 4 KB, strongly consistent; half of it if not. */
const READ_UNIT_BYTES = 4 * KIB;
const PUT_UNIT_BYTES = 25_000;
const HOURS_PER_DAY = 24;
const WRITE_RECORDS_MAX = 100;

/** The month's bill of cityweave under a load, by service, without free tiers; history as it is once its retention is full. */
export function billOf(load: Load): BillLine[] {
  const flows = flowsOf(load);
  const [ingest, observations] = streamsOf(load, flows);
  const invocations = batchesOf(ingest) + observations.consumers * batchesOf(observations);
  const critical = sumOf(flows, ({ messages, kind }) => messages * kind.criticalShare);
  return [
    ...iotLines(flows),
    ...deltaLines(load, publishedDeltas(load, flows, observations)),
    ...streamLines(load, ingest),
    ...streamLines(load, observations),
    ...lambdaLines(load, flows, { invocations: invocations + critical }),
    ...tableLines(load, flows, ingest),
    ...historyLines(load, flows, observations),
    ...archiveLines(load, flows, observations),
    ...evidenceLines(flows, observations),
    ...apiLines(load),
    ...operationsLines(load, invocations + critical + load.apiRequestsPerSecond),
  ];
}

export function totalUsd(lines: readonly BillLine[]): number {
  return sumOf(lines, ({ usd }) => usd);
}

export function iotLines(flows: readonly KindFlow[]): BillLine[] {
  const metered = (share: (flow: KindFlow) => number) =>
    sumOf(flows, (flow) => flow.messages * flow.messageUnits * share(flow));
  const minutes = sumOf(flows, ({ kind }) => kind.connections ?? kind.devices) * HOURS_PER_MONTH * 60;
  return [
    line('IoT Core', 'connection minutes', minutes, PRICES.iotCore.connectionMinute),
    perSecond(
      'IoT Core',
      'messages in',
      metered(({ kind }) => 1 - kind.basicIngestShare),
      PRICES.iotCore.message,
    ),
    perSecond(
      'IoT Core',
      'rules',
      metered(() => 1),
      PRICES.iotCore.rule,
    ),
    perSecond(
      'IoT Core',
      'actions',
      metered(({ kind }) => 1 + kind.criticalShare),
      PRICES.iotCore.action,
    ),
  ];
}

/** A message of deltas is full at what IoT Core meters as one. */
const DELTA_MESSAGE_BYTES = 5000;

/** Every merged asset is published, with those of its batch in its tile. */
function publishedDeltas({ subscribers }: Load, flows: readonly KindFlow[], observations: StreamFlow): number {
  const full = sumOf(flows, ({ merges, deltaBytes }) => (merges * deltaBytes) / DELTA_MESSAGE_BYTES);
  const tiles = (subscribers?.tiles ?? 1) * batchesOf(observations);
  const merges = sumOf(flows, (flow) => flow.merges);
  return Math.max(full, Math.min(merges, tiles));
}

/** Of so many messages a second; whoever watches a tile receives each of its messages. */
export function deltaLines({ subscribers }: Load, published: number): BillLine[] {
  const { message, connectionMinute } = PRICES.iotCore;
  const lines = [perSecond('Live deltas', 'messages published', published, message)];
  if (!subscribers) return lines;
  const { connections, tiles, tilesWatched } = subscribers;
  return [
    ...lines,
    perSecond('Live deltas', 'messages received', published * connections * Math.min(1, tilesWatched / tiles), message),
    line('Live deltas', 'connection minutes', connections * HOURS_PER_MONTH * 60, connectionMinute),
  ];
}

function streamLines({ streams }: Load, { name, records, bytes, consumers, shards }: StreamFlow): BillLine[] {
  const days = (streams.retentionHours - HOURS_PER_DAY) / HOURS_PER_DAY;
  const recordBytes = records === 0 ? 0 : bytes / records;
  if (streams.mode === 'provisioned') {
    const { shardHour, shardHourBeyondDay, putUnit } = PRICES.kinesis.provisioned;
    return [
      line('Kinesis', `${name}: shard hours`, shards * HOURS_PER_MONTH, shardHour),
      ...(days > 0
        ? [line('Kinesis', `${name}: shard hours beyond a day`, shards * HOURS_PER_MONTH, shardHourBeyondDay)]
        : []),
      perSecond('Kinesis', `${name}: put units`, records * units(recordBytes, PUT_UNIT_BYTES), putUnit),
    ];
  }
  const { streamHour, gibIn, gibOut, gibMonthBeyondDay } = PRICES.kinesis.onDemand;
  // On demand, a record counts as whole kilobytes.
  const gibPerSecond = (records * units(recordBytes, KIB) * KIB) / GIB;
  return [
    line('Kinesis', `${name}: stream hours`, HOURS_PER_MONTH, streamHour),
    perSecond('Kinesis', `${name}: GiB in`, gibPerSecond, gibIn),
    perSecond('Kinesis', `${name}: GiB out`, gibPerSecond * consumers, gibOut),
    ...(days > 0
      ? [
          line(
            'Kinesis',
            `${name}: GiB kept beyond a day`,
            gibPerSecond * days * HOURS_PER_DAY * 3600,
            gibMonthBeyondDay,
          ),
        ]
      : []),
  ];
}

function lambdaLines(
  { history }: Load,
  flows: readonly KindFlow[],
  { invocations }: { invocations: number },
): BillLine[] {
  const { invocationMs, normalizeMs, mergeMs, historyMs, memoryGib } = ASSUMPTIONS;
  const busyMs =
    invocations * invocationMs +
    sumOf(flows, ({ readings, accepted, merges, kind }) => {
      const bulk = readings * normalizeMs + merges * mergeMs + (history ? accepted * historyMs : 0);
      return bulk + readings * kind.criticalShare * (normalizeMs + mergeMs);
    });
  return [
    perSecond('Lambda', 'requests', invocations, PRICES.lambda.request),
    perSecond('Lambda', 'GiB seconds', (busyMs / 1000) * memoryGib, PRICES.lambda.gibSecond),
  ];
}

function tableLines({ recovery }: Load, flows: readonly KindFlow[], ingest: StreamFlow): BillLine[] {
  const { rejectOverheadBytes, registryMaxAgeS, registryRowBytes } = ASSUMPTIONS;
  const { writeUnit, readUnit, gibMonth, gibMonthRecovery } = PRICES.dynamodb;
  const assets = sumOf(flows, ({ kind }) => kind.assets);
  const stored = sumOf(flows, ({ kind, twinBytes }) => kind.assets * (twinBytes + registryRowBytes)) / GIB;
  const reads = sumOf(flows, ({ readings, merges, twinBytes, kind }) => {
    // The bulk lane reads what the fast lane wrote.
    return (merges + readings * kind.criticalShare) * units(twinBytes, READ_UNIT_BYTES);
  });
  // Every normalizer has a cache of its own, and there is one for each shard; a row is read eventually consistent.
  const known = Math.min(
    sumOf(flows, ({ readings }) => readings),
    (assets * ingest.shards) / registryMaxAgeS,
  );
  return [
    perSecond(
      'DynamoDB',
      'twins: write units',
      sumOf(flows, ({ merges, twinBytes }) => merges * units(twinBytes, KIB)),
      writeUnit,
    ),
    perSecond('DynamoDB', 'twins: read units', reads, readUnit),
    perSecond('DynamoDB', 'assets: read units', known / 2, readUnit),
    perSecond(
      'DynamoDB',
      'rejects: write units',
      sumOf(
        flows,
        ({ readings, accepted, kind }) => ((readings - accepted) * (kind.readingBytes + rejectOverheadBytes)) / KIB,
      ),
      writeUnit,
    ),
    line('DynamoDB', 'GiB stored', stored, gibMonth + (recovery ? gibMonthRecovery : 0)),
  ];
}

/** A request holds up to 100 records of one type and zone out of one batch. */
function historyLines(load: Load, flows: readonly KindFlow[], observations: StreamFlow): BillLine[] {
  if (!load.history) return [];
  const requests = Math.max(batchesOf(observations) * load.zones, 1);
  const writes = sumOf(flows, ({ accepted, historyBytes }) => {
    const records = Math.min(WRITE_RECORDS_MAX, Math.max(1, accepted / requests));
    return (accepted / records) * units(records * historyBytes, KIB);
  });
  return [perSecond('Timestream', 'writes of 1 KiB', writes, PRICES.timestream.write), ...historyStorage(load, flows)];
}

export function historyStorage({ history }: Load, flows: readonly KindFlow[]): BillLine[] {
  if (!history) return [];
  const gibPerHour = sumOf(flows, ({ accepted, historyBytes }) => (accepted * 3600 * historyBytes) / GIB);
  const { memoryGibHour, magneticGibMonth } = PRICES.timestream;
  return [
    line('Timestream', 'memory GiB hours', gibPerHour * history.memoryHours * HOURS_PER_MONTH, memoryGibHour),
    line('Timestream', 'magnetic GiB months', gibPerHour * history.magneticDays * HOURS_PER_DAY, magneticGibMonth),
  ];
}

/** What policies go by beside the twin: a review is read whenever its twin is merged, a calibration every five minutes. */
function evidenceLines(flows: readonly KindFlow[], { shards }: StreamFlow): BillLine[] {
  const reviews = sumOf(flows, ({ merges, kind }) => merges * (kind.reviewedAttributes ?? 0));
  const attributes = sumOf(flows, ({ kind }) => kind.assets * (kind.calibratedAttributes ?? 0));
  // A resolver a shard has a cache of its own, and reads eventually consistent.
  const calibrations = (attributes * shards) / ASSUMPTIONS.calibrationMaxAgeS / 2;
  return [
    perSecond('DynamoDB', 'reviews: read units', reviews, PRICES.dynamodb.readUnit),
    perSecond('DynamoDB', 'calibrations: read units', calibrations, PRICES.dynamodb.readUnit),
  ].filter(({ quantity }) => quantity > 0);
}

export function apiLines({ apiRequestsPerSecond }: Load): BillLine[] {
  const { apiMs, memoryGib } = ASSUMPTIONS;
  return [
    perSecond('API', 'requests', apiRequestsPerSecond, PRICES.httpApi.request + PRICES.lambda.request),
    perSecond('API', 'GiB seconds', (apiRequestsPerSecond * apiMs * memoryGib) / 1000, PRICES.lambda.gibSecond),
    perSecond('API', 'read units', apiRequestsPerSecond, PRICES.dynamodb.readUnit),
  ];
}

export function operationsLines({ zones }: Load, invocations: number): BillLine[] {
  const { logBytesPerInvocation, metrics, alarmMetrics } = ASSUMPTIONS;
  return [
    perSecond('CloudWatch', 'GiB of logs', (invocations * logBytesPerInvocation) / GIB, PRICES.cloudWatch.logGib),
    line('CloudWatch', 'metrics', metrics + zones, PRICES.cloudWatch.metricMonth),
    line('CloudWatch', 'metrics that alarms watch', alarmMetrics + zones, PRICES.cloudWatch.alarmMonth),
    line('KMS', 'keys', 1, PRICES.kms.keyMonth),
  ];
}
