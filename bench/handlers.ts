import { packObservations } from '../core/codec/pack.ts';
import { type ResolverContext, resolveRecords } from '../lambdas/conflict-resolver/resolver.ts';
import { type NormalizerContext, normalizeRecords } from '../lambdas/normalizer/normalizer.ts';
import config from '../cityweave.config.ts';
import { bundleTable } from './handlers/bundles.ts';
import { kinesisRecord } from './handlers/events.ts';
import { ingestJson, observationsOf, twinBefore } from './support/observations.ts';
import type { Benchmark } from './support/report.ts';
import { measureThroughput, type Task } from './support/throughput.ts';
import { ASSETS } from './support/workload.ts';

/** A batch of the `ingest` stream, and of the log. */
const READINGS = 1000;
/** At a reading an asset a batch saves no resolving and no delta; a busy city's batches name their assets more often. */
const READINGS_PER_ASSET = [1, 10];

/** The handlers' own work, between an event that has arrived and calls that take no time; and their bundles. */
export const handlers: Benchmark = async ({ runs }, progress) => {
  const ingested = Array.from({ length: READINGS }, (_, number) => kinesisRecord(number, ingestJson(number)));
  const ports: NormalizerContext = {
    city: config,
    stage: config.stages.dev,
    registry: { find: async () => new Map() },
    log: { append: async () => new Set() },
    rejects: { keep: async () => {} },
  };
  return [
    await measureThroughput(
      `Handlers, one thread, calls that do nothing, batches of ${READINGS} readings, ${runs} runs`,
      [
        {
          name: 'normalizer: JSON to packed observations',
          unit: 'readings',
          unitsPerCall: READINGS,
          work: () => normalizeRecords(ingested, ports),
        },
        ...READINGS_PER_ASSET.map((perAsset) => resolverTask(perAsset)),
      ],
      runs,
      progress,
    ),
    await bundleTable(runs, progress),
  ];
};

/** Of the workload's assets none has an attribute that is reviewed. */
function unasked(): never {
  throw new Error('a review was asked for');
}

/** A batch with `perAsset` readings of each asset, whose twins hold an older one. */
function resolverTask(perAsset: number): Task {
  const assets = READINGS / perAsset;
  // The workload goes round all its assets, so those of a batch come again only after the others.
  const observations = observationsOf(ASSETS * perAsset).filter((_, number) => number % ASSETS < assets);
  const records = packObservations(observations, config.buckets).map(({ data }, index) => kinesisRecord(index, data));
  const ofAssets = Map.groupBy(observations, ({ assetId }) => assetId);
  const stored = new Map(
    [...ofAssets].map(([assetId, ofAsset]) => [assetId, { twin: twinBefore(ofAsset), version: 1 }]),
  );
  const nowMs = observations.at(-1)?.receivedAtMs ?? 0;
  const ports: ResolverContext = {
    city: config,
    twins: { read: async () => stored, write: async () => 'written' },
    deltas: { publish: async () => {} },
    evidence: { read: async () => new Map() },
    reviews: { read: async () => [], watch: unasked, clear: unasked },
    nowMs: () => nowMs,
  };
  return {
    name: `conflict-resolver: packed observations to twins and deltas, ${perAsset} of an asset in a batch`,
    unit: 'observations',
    unitsPerCall: observations.length,
    work: () => resolveRecords(records, ports),
  };
}
