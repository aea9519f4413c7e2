import { decodeObservationRecord, encodeObservationRecord } from '../../core/codec/observation-record.ts';
import type { Observation } from '../../core/observation.ts';
import { observationsOf } from '../support/observations.ts';
import { ASSETS } from '../support/workload.ts';

/** Enough that no cache holds them all, few enough that the slowest library merges them in a quarter of a second. */
export const MERGED_ASSETS = 100;
export const READINGS_PER_ASSET = 40;
/** Of an asset, at a time: what a busy stream's batch holds. */
export const BATCH = 10;
/** Two that do not know of each other, so that their writes are concurrent. */
const SOURCES = ['sensor-a', 'sensor-b'];

/** An asset's readings in batches, in the order in which they come. */
export type AssetBatches = readonly (readonly Observation[])[];

/** Every asset's readings, by turns of its sources; each of four attributes, none of a position. */
export function concurrentReadings(): readonly AssetBatches[] {
  const readings = observationsOf(ASSETS * READINGS_PER_ASSET)
    .filter((_, number) => number % ASSETS < MERGED_ASSETS)
    .map((observation, number) => ({ ...withoutPosition(observation), source: sourceOf(number) }));
  const ofAssets = Map.groupBy(readings, ({ assetId }) => assetId);
  return [...ofAssets.values()].map((ofAsset) => batchesOf(ofAsset).map(asDecoded));
}

export function recordsOf(assets: readonly AssetBatches[]): readonly (readonly Uint8Array[])[] {
  return assets.map((batches) => batches.map((batch) => encodeObservationRecord(batch)));
}

export function decoded(record: Uint8Array): readonly Observation[] {
  const result = decodeObservationRecord(record);
  if (!result.ok) throw new Error(`a record of the workload is not one: ${result.detail}`);
  return result.observations;
}

/** Source → attribute → value of its last reading: what every library must have in the end. */
export function lastWords(batches: AssetBatches): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  return new Map(batches.flat().map(({ source, attributes }) => [source, Object.fromEntries(attributes)]));
}

export function batchesOf<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / BATCH) }, (_, index) =>
    items.slice(index * BATCH, (index + 1) * BATCH),
  );
}

function withoutPosition(observation: Observation): Observation {
  const { position, ...others } = observation;
  return position ? others : observation;
}

function sourceOf(number: number): string {
  return SOURCES[Math.floor(number / MERGED_ASSETS) % SOURCES.length] ?? '';
}

/** As the resolver has them, which objects made here by hand would not be to the engine. */
function asDecoded(batch: readonly Observation[]): readonly Observation[] {
  return decoded(encodeObservationRecord(batch));
}
