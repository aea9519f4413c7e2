import { contentTie } from '../core/codec/canonical.ts';
import { decodeObservationRecord, encodeObservationRecord } from '../core/codec/observation-record.ts';
import { createFold } from '../core/twin/fold.ts';
import { merge } from '../core/twin/join.ts';
import { resolve } from '../core/twin/resolve.ts';
import config from '../cityweave.config.ts';
import { observationsOf, twinBefore } from './support/observations.ts';
import type { Benchmark } from './support/report.ts';
import { measureThroughput } from './support/throughput.ts';
import { ASSET_TYPE, ASSETS } from './support/workload.ts';

const OBSERVATIONS = 10_000;

/** What the domain costs without anything around it: the floor under every other figure. */
export const core: Benchmark = async ({ runs }, progress) => {
  const observations = observationsOf(OBSERVATIONS);
  const assets = [...Map.groupBy(observations, ({ assetId }) => assetId).values()].map((ofAsset) => ({
    observations: ofAsset,
    twin: twinBefore(ofAsset),
  }));
  const record = encodeObservationRecord(observations);
  const assetType = config.assetTypes[ASSET_TYPE];
  const nowMs = observations.at(-1)?.receivedAtMs ?? 0;

  const task = (name: string, work: () => unknown, unit = 'observations', unitsPerCall = OBSERVATIONS) => ({
    name,
    unit,
    unitsPerCall,
    work,
  });
  const table = await measureThroughput(
    `Core, one thread, ${runs} runs`,
    [
      task('merge, 10 readings of an asset at a time', () => {
        for (const { twin, observations } of assets) merge(twin, observations);
      }),
      task('fold: fates and twins of a log', () => {
        const fold = createFold();
        for (const observation of observations) fold.add(observation);
        return fold.twins();
      }),
      task('resolve a twin', () => assets.map(({ twin }) => resolve(twin, assetType, nowMs)), 'twins', ASSETS),
      task('encode a record', () => encodeObservationRecord(observations)),
      task('decode a record', () => decodeObservationRecord(record)),
      task('content tie', () => {
        for (const { assetId, attributes, position } of observations) contentTie(assetId, attributes, position);
      }),
    ],
    runs,
    progress,
  );
  return [table];
};
