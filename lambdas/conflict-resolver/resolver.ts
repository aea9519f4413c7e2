import type { KinesisStreamBatchResponse, KinesisStreamRecord } from 'aws-lambda';
import { decodeObservationRecord } from '../../core/codec/observation-record.ts';
import type { Observation } from '../../core/observation.ts';
import type { EvidenceStore, ReviewStore, TwinStore } from '../../core/ports.ts';
import { batchResponse, recordBytes } from '../shared/kinesis-batch.ts';
import {
  announceDeparture,
  type PublishContext,
  type PublishedDeltas,
  publishDeltas,
} from '../shared/publish-deltas.ts';
import { type MergedTwins, mergeTwins, type RefusedReport, type Report } from '../shared/merge-twins.ts';
import { watchReviews } from '../shared/watch-reviews.ts';

export interface ResolverContext extends PublishContext {
  readonly twins: TwinStore;
  readonly evidence: EvidenceStore;
  readonly reviews: ReviewStore;
}

export interface ResolvedBatch {
  readonly response: KinesisStreamBatchResponse;
  readonly observations: number;
  readonly twinsWritten: number;
  readonly racesLost: number;
  readonly dotCollisions: number;
  readonly readingsBehindClock: MergedTwins['readingsBehindClock'];
  readonly deltaMessages: number;
  readonly deltasIncomplete: PublishedDeltas['incomplete'];
  /** Onsets and ends of disagreements that could not be noted, and evidence that could not be read, by asset. */
  readonly reviewErrors: readonly { readonly assetId: string; readonly error: unknown }[];
  readonly undecodable: readonly { readonly sequenceNumber: string; readonly detail: string }[];
  /** What no twin will ever hold: kept as `processing-failed`, not tried again. */
  readonly refused: readonly RefusedReport[];
  /** What is tried again, by asset. */
  readonly errors: readonly { readonly assetId: string; readonly error: unknown }[];
}

/**
 * Merges a batch into the twins and publishes every twin that it names. What could not be written is left to Lambda's
 * retry. What could not be published is not: no twin waits for a broker that is down, and subscribers ask the API when
 * what they know has ended. Throws when the twins cannot be read: then the whole batch is retried.
 */
export async function resolveRecords(
  records: readonly KinesisStreamRecord[],
  context: ResolverContext,
): Promise<ResolvedBatch> {
  // Decode.
  const { reports, firstRecords, undecodable } = groupByAsset(records);

  // Merge and write.
  const deltasIncomplete: { assetId: string; detail: string }[] = [];
  const missed = (assetId: string, error: unknown): void => {
    deltasIncomplete.push({
      assetId,
      detail: `not published: ${error instanceof Error ? error.message : String(error)}`,
    });
  };
  const { settled, refused, failed, ...counts } = await mergeTwins(reports, {
    twins: context.twins,
    announce: announceDeparture(context.deltas, missed),
    nowMs: context.nowMs,
  });

  // Note who disagrees.
  const { resolvedAtMs, known, unknown, errors: reviewErrors } = await watchReviews(settled, context);
  for (const { twin } of unknown) missed(twin.assetId, 'its evidence could not be read');

  // Publish.
  const published = await publishDeltas(known, context, resolvedAtMs);
  deltasIncomplete.push(...published.incomplete);
  for (const { assetIds, error } of published.failed) for (const assetId of assetIds) missed(assetId, error);

  return {
    ...counts,
    observations: [...reports.values()].reduce((sum, report) => sum + report.length, 0),
    deltaMessages: published.messages,
    deltasIncomplete,
    reviewErrors,
    undecodable,
    refused,
    errors: failed,
    response: batchResponse(failed.flatMap(({ assetId }) => firstRecords.get(assetId) ?? [])),
  };
}

function groupByAsset(records: readonly KinesisStreamRecord[]) {
  const reports = new Map<string, [Observation, ...Observation[]]>();
  /** Of each asset the first record that names it: all that follow it are retried with it. */
  const firstRecords = new Map<string, KinesisStreamRecord>();
  const undecodable: { sequenceNumber: string; detail: string }[] = [];
  for (const record of records) {
    const decoded = decodeObservationRecord(recordBytes(record));
    if (!decoded.ok) {
      undecodable.push({ sequenceNumber: record.kinesis.sequenceNumber, detail: decoded.detail });
      continue;
    }
    for (const observation of decoded.observations) {
      const { assetId } = observation;
      const report = reports.get(assetId);
      if (report) {
        report.push(observation);
      } else {
        reports.set(assetId, [observation]);
        firstRecords.set(assetId, record);
      }
    }
  }
  return { reports: reports satisfies ReadonlyMap<string, Report>, firstRecords, undecodable };
}
