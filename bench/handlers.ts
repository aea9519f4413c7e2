import { packObservations } from '../core/codec/pack.ts';
import { type ResolverContext, resolveRecords } from '../lambdas/conflict-resolver/resolver.ts';
import { type NormalizerContext, normalizeRecords } from '../lambdas/normalizer/normalizer.ts';
import config from '../cityweave.config.ts';
import { bundleTable } from './handlers/bundles.ts';
import { kinesisRecord } from './handlers/events.ts';
import { ingestJson, observationsOf, twinBefore } from './support/observations.ts';
import type { Benchmark } from './support/report.ts';
import { measureThroughput } from './support/throughput.ts';

/** A batch of the `ingest` stream, and what its messages become in the log. */
const READINGS = 1000;

/** The handlers' own work, between an event that has arrived and calls that take no time; and their bundles. */
export const handlers: Benchmark = async ({ runs }, progress) => {
  const ingested = Array.from({ length: READINGS }, (_, number) => kinesisRecord(number, ingestJson(number)));
  const observations = observationsOf(READINGS);
  const logged = packObservations(observations, config.buckets).map(({ data }, index) => kinesisRecord(index, data));
  const stored = new Map(
    observations.map((observation) => [observation.assetId, { twin: twinBefore([observation]), version: 1 }]),
  );
  const ports: NormalizerContext = {
    city: config,
    stage: config.stages.dev,
    registry: { find: async () => new Map() },
    log: { append: async () => new Set() },
    rejects: { keep: async () => {} },
  };
  const resolverPorts: ResolverContext = {
    city: config,
    twins: { read: async () => stored, write: async () => 'written' },
    deltas: { publish: async () => {} },
    nowMs: () => Date.now(),
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
        {
          name: 'conflict-resolver: packed observations to twins and deltas',
          unit: 'observations',
          unitsPerCall: READINGS,
          work: () => resolveRecords(logged, resolverPorts),
        },
      ],
      runs,
      progress,
    ),
    await bundleTable(runs, progress),
  ];
};
