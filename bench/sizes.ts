import { packDeltas } from '../core/delta/pack.ts';
import { packObservations } from '../core/codec/pack.ts';
import type { Observation } from '../core/observation.ts';
import { emptyTwinFor, merge } from '../core/twin/join.ts';
import { resolve } from '../core/twin/resolve.ts';
import type { Twin } from '../core/twin/twin.ts';
import { writeBatches } from '../lambdas/shared/timestream-records.ts';
import { toTwinItem } from '../lambdas/shared/twin-item.ts';
import config from '../cityweave.config.ts';
import { itemBytes, writeRequestBytes } from './sizes/metered-bytes.ts';
import { ingestJson, messageOf, observationsOf } from './support/observations.ts';
import { type Benchmark, rounded } from './support/report.ts';
import { ASSET_TYPE, READING_BYTES } from './support/workload.ts';

/** As many as the stations of the workload, so that every asset is in it once. */
const READINGS = 1000;
/** Twins of a busy city have been written often; a version is a number of the item. */
const VERSION = 1_000_000;

/** Bytes that the bill is made of, each of one reading of `readingBytes` unless it says otherwise. */
export interface Sizes {
  readonly readingBytes: number;
  /** Of a record on the ingest stream beyond the payload's base64: topic, sender, time, id, and their names. */
  readonly ingestOverheadBytes: number;
  /** Of an observation on the log, packed with others. */
  readonly observationBytes: number;
  /** Of a twin with no source yet, as DynamoDB counts, and of each source that speaks for it. */
  readonly twinBytes: number;
  readonly twinBytesPerSource: number;
  /** As Timestream meters it, in a full request. */
  readonly historyBytes: number;
  /** Of an asset's delta with one source, packed with others of its tile. */
  readonly deltaBytes: number;
}

/** The same figures on every machine: they are made of bytes, not of time. */
export function measureSizes(): Sizes {
  const observations = observationsOf(READINGS);
  const [first] = observations;
  if (!first) throw new Error('the workload is empty');
  const payload = Buffer.from(messageOf(0).bytes).toString('base64');
  const [one, two] = [1, 2].map((sources) => itemBytes(toTwinItem(twinOf(first, sources), VERSION)));
  if (one === undefined || two === undefined) throw new Error('a twin has no bytes');
  return {
    readingBytes: READING_BYTES,
    ingestOverheadBytes: ingestJson(0).length - payload.length,
    observationBytes: perReading(packObservations(observations, config.buckets).map(({ data }) => data.length)),
    twinBytes: one - (two - one),
    twinBytesPerSource: two - one,
    historyBytes: perReading(writeBatches(observations).map((batch) => writeRequestBytes(batch))),
    deltaBytes: perReading(
      packDeltas(observations.map((each) => deltaOf(each))).packs.map((pack) => pack.payload.length),
    ),
  };
}

/** Prints what bin/cost/measured.ts holds. */
export const sizes: Benchmark = async () => [
  {
    title: `Bytes behind the bill, of ${READINGS} readings`,
    rows: Object.entries(measureSizes()).map(([figure, bytes]) => ({ figure, bytes: rounded(bytes, 1) })),
  },
];

function twinOf(observation: Observation, sources: number): Twin {
  const spoken = Array.from({ length: sources }, (_, source) => ({
    ...observation,
    source: `${observation.source}-${source}`,
  }));
  return merge(emptyTwinFor(observation), spoken).twin;
}

function deltaOf(observation: Observation) {
  const twin = twinOf(observation, 1);
  const resolved = resolve(twin, config.assetTypes[ASSET_TYPE], observation.receivedAtMs);
  return { twin, version: VERSION, resolved };
}

function perReading(bytes: readonly number[]): number {
  return bytes.reduce((total, each) => total + each, 0) / READINGS;
}
