import type { KinesisStreamBatchResponse, KinesisStreamRecord } from 'aws-lambda';
import type { DecoderPorts } from '../../core/codec/decoder.ts';
import { assetIdsOf } from '../../core/codec/normalize.ts';
import { packObservations } from '../../core/codec/pack.ts';
import type { Observation } from '../../core/observation.ts';
import type { AssetRegistry, KeptReading, ObservationLog, RejectStore, Uploads } from '../../core/ports.ts';
import type { CityConfig, Stage } from '../../core/schema/city-config.ts';
import { type AttestationContext, judgeAttestations } from '../shared/attestation/judge-attestations.ts';
import { judgeClaims } from '../shared/uploads/judge-claims.ts';
import { batchResponse } from '../shared/kinesis-batch.ts';
import { messageOf } from '../shared/ingest-record.ts';
import type { SchemaRegistry } from '../shared/schemas/schema-registry.ts';
import { decodeAlone, validateAlone } from './normalize-message.ts';

export interface NormalizerContext {
  readonly city: CityConfig;
  readonly stage: Stage;
  /** Gets ready what the ports below must have at hand. */
  readonly schemas?: Pick<SchemaRegistry, 'prepare'>;
  /** Absent, formats that ask for them are refused. */
  readonly ports?: DecoderPorts;
  readonly registry: AssetRegistry;
  /** Absent, signatures are not looked at. */
  readonly attestations?: AttestationContext;
  /** Absent, readings that refer to uploads are refused. */
  readonly uploads?: Uploads;
  readonly log: ObservationLog;
  readonly rejects: Pick<RejectStore, 'keep'>;
}

export interface NormalizedBatch {
  readonly response: KinesisStreamBatchResponse;
  readonly observations: readonly Observation[];
  readonly kept: readonly KeptReading[];
}

/** Messages in, observations and kept readings out; what could not be written is left to Lambda's retry. */
export async function normalizeRecords(
  records: readonly KinesisStreamRecord[],
  { city, stage, schemas, ports, registry, attestations, uploads, log, rejects }: NormalizerContext,
): Promise<NormalizedBatch> {
  // Decode.
  const received = records.map((record) => ({ record, message: messageOf(record) }));
  await schemas?.prepare(received.map(({ message }) => message));
  const messages = received.map(({ record, message }) => ({ record, decoded: decodeAlone(message, city, ports) }));

  // Decide.
  const decodedOnes = messages.map(({ decoded }) => decoded);
  const assets = await registry.find(assetIdsOf(decodedOnes));
  const verdicts = attestations && (await judgeAttestations(decodedOnes, assets, attestations));
  const claims = uploads && (await judgeClaims(decodedOnes, city, uploads));
  const observations: Observation[] = [];
  const kept: KeptReading[] = [];
  /** By the observation's index: the record that it came in. */
  const origins: KinesisStreamRecord[] = [];
  for (const { record, decoded } of messages) {
    const outcome = validateAlone(decoded, {
      city,
      stage,
      assets,
      ...(verdicts && { verdicts }),
      ...(claims && { claims }),
    });
    for (const observation of outcome.observations) {
      observations.push(observation);
      origins.push(record);
    }
    kept.push(...outcome.kept);
  }

  // Write.
  const packs = packObservations(observations, city.buckets);
  await rejects.keep(kept);
  const unwritten = await log.append(packs);
  const failedIds = new Set([...unwritten].flatMap((index) => packs[index]?.readingIds ?? []));
  const failed = origins.filter((_, index) => failedIds.has(observations[index]?.readingId ?? ''));
  return { response: batchResponse(failed), observations, kept };
}
