import assert from 'node:assert/strict';
import type { KinesisStreamBatchResponse, KinesisStreamRecord } from 'aws-lambda';
import { decodeMessage } from '../../core/codec/decode.ts';
import { assetIdsOf, validateMessage } from '../../core/codec/normalize.ts';
import { packObservations } from '../../core/codec/pack.ts';
import type { Observation } from '../../core/observation.ts';
import type { AssetRegistry, KeptReading, ObservationLog, RejectStore } from '../../core/ports.ts';
import type { CityConfig, Stage } from '../../core/schema/city-config.ts';
import { batchResponse } from '../shared/kinesis-batch.ts';
import { messageOf } from './ingest-record.ts';

export interface NormalizerContext {
  readonly city: CityConfig;
  readonly stage: Stage;
  readonly registry: AssetRegistry;
  readonly log: ObservationLog;
  readonly rejects: RejectStore;
}

export interface NormalizedBatch {
  readonly response: KinesisStreamBatchResponse;
  readonly observations: readonly Observation[];
  readonly kept: readonly KeptReading[];
}

/** Messages in, observations and kept readings out; what could not be written is left to Lambda's retry. */
export async function normalizeRecords(
  records: readonly KinesisStreamRecord[],
  { city, stage, registry, log, rejects }: NormalizerContext,
): Promise<NormalizedBatch> {
  // Decode.
  const messages = records.map((record) => ({ record, ...decodeMessage(messageOf(record), city) }));

  // Decide.
  const assets = await registry.find(assetIdsOf(messages));
  const observations: Observation[] = [];
  const kept: KeptReading[] = [];
  const recordOf = new Map<string, KinesisStreamRecord>();
  for (const { record, ...decoded } of messages) {
    const outcome = validateMessage(decoded, { city, stage, assets });
    for (const { readingId } of outcome.observations) recordOf.set(readingId, record);
    observations.push(...outcome.observations);
    kept.push(...outcome.kept);
  }

  // Write.
  const packs = packObservations(observations, city.buckets);
  await rejects.keep(kept);
  const unwritten = await log.append(packs);
  const failed = [...unwritten]
    .flatMap((index) => packs[index]?.readingIds ?? [])
    .map((readingId) => {
      const record = recordOf.get(readingId);
      assert(record, `reading ${readingId} came from no record of this batch`);
      return record;
    });
  return { response: batchResponse(failed), observations, kept };
}
