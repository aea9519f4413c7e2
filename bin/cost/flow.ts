import { ASSUMPTIONS } from './assumptions.ts';
import type { Kind, Load } from './load.ts';
import { MEASURED } from './measured.ts';

/** AWS bills by 730 hours. */
export const HOURS_PER_MONTH = 730;
export const SECONDS_PER_MONTH = HOURS_PER_MONTH * 3600;
/** IoT Core meters in 5 KB; decimal, as the deltas are packed. */
const METERED_BYTES = 5000;

/** What one kind of device makes pass, a second. */
export interface KindFlow {
  readonly kind: Kind;
  readonly readings: number;
  /** Those that go into the log. */
  readonly accepted: number;
  readonly messages: number;
  /** Of 5 KB, in one message. */
  readonly messageUnits: number;
  readonly payloadBytes: number;
  /** Merged twins: an asset's readings within a batch share one write. */
  readonly merges: number;
  readonly observationBytes: number;
  readonly twinBytes: number;
  readonly historyBytes: number;
  readonly deltaBytes: number;
}

/** What AWS rounds up, it rounds up for each of many. */
export function units(bytes: number, unitBytes: number): number {
  return Math.max(1, Math.ceil(bytes / unitBytes));
}

function messageUnits(bytes: number): number {
  return units(bytes, METERED_BYTES);
}

export function sumOf<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

export function flowsOf({ kinds }: Load): KindFlow[] {
  return Object.values(kinds).map((kind) => flowOf(kind));
}

function flowOf(kind: Kind): KindFlow {
  const readings = (kind.devices * kind.readingsPerMinute) / 60;
  const accepted = readings * (1 - kind.refusedShare);
  const payloadBytes = kind.readingBytes * kind.readingsPerMessage;
  // What holds the values grows with them; a reading of another size was not measured.
  const scale = kind.readingBytes / MEASURED.readingBytes;
  const sources = Math.max(1, kind.devices / kind.assets);
  return {
    kind,
    readings,
    accepted,
    messages: readings / kind.readingsPerMessage,
    messageUnits: messageUnits(payloadBytes),
    payloadBytes,
    merges: Math.min(accepted, kind.assets / ASSUMPTIONS.batchS),
    observationBytes: MEASURED.observationBytes * scale,
    twinBytes: MEASURED.twinBytes + MEASURED.twinBytesPerSource * scale * sources,
    historyBytes: MEASURED.historyBytes * scale,
    deltaBytes: MEASURED.deltaBytes * scale * sources,
  };
}

/** A stream's records and bytes, a second, and how many shards they need. */
export interface StreamFlow {
  readonly name: string;
  readonly records: number;
  readonly bytes: number;
  readonly consumers: number;
  readonly shards: number;
}

/** Kinesis guide, "Quotas and limits": of one shard, a second. */
const SHARD_RECORDS = 1000;
const SHARD_BYTES_IN = 1_000_000;
const SHARD_BYTES_OUT = 2_000_000;
/** How the log is packed: into units of 25 KB, at least one record for each of 64 buckets that a batch touches. */
const PACK_BYTES = 25_000;
const BUCKETS = 64;

export function streamsOf(
  load: Load,
  flows: readonly KindFlow[],
): readonly [ingest: StreamFlow, observations: StreamFlow] {
  const base64 = (bytes: number) => 4 * Math.ceil(bytes / 3);
  const ingest = streamOf(load, {
    name: 'ingest',
    records: sumOf(flows, ({ messages }) => messages),
    bytes: sumOf(
      flows,
      ({ messages, payloadBytes }) => messages * (MEASURED.ingestOverheadBytes + base64(payloadBytes)),
    ),
    // The normalizer, and the receiver of gateways' frames, which Lambda filters behind the stream.
    consumers: 2,
  });
  const accepted = sumOf(flows, (flow) => flow.accepted);
  const bytes = sumOf(flows, (flow) => flow.accepted * flow.observationBytes);
  const batches = batchesOf(ingest);
  const observations = streamOf(load, {
    name: 'observations',
    records: Math.max(Math.min(accepted, BUCKETS * batches), bytes / PACK_BYTES),
    bytes,
    consumers: load.history ? 2 : 1,
  });
  return [ingest, observations];
}

function streamOf({ streams }: Load, flow: Omit<StreamFlow, 'shards'>): StreamFlow {
  const { records, bytes, consumers } = flow;
  const needed = Math.max(records / SHARD_RECORDS, bytes / SHARD_BYTES_IN, (bytes * consumers) / SHARD_BYTES_OUT);
  return { ...flow, shards: Math.max(streams.shardsMin, Math.ceil(needed)) };
}

/** Invocations of one consumer, a second: each shard is asked in turn, and none has more batches than records. */
export function batchesOf({ records, shards }: StreamFlow): number {
  return Math.min(records, shards / ASSUMPTIONS.batchS);
}
