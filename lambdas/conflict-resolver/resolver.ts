import assert from 'node:assert/strict';
import type { KinesisStreamBatchResponse, KinesisStreamRecord } from 'aws-lambda';
import { decodeObservationRecord } from '../../core/codec/observation-record.ts';
import type { Observation } from '../../core/observation.ts';
import type { TwinStore } from '../../core/ports.ts';
import { emptyTwinFor, merge } from '../../core/twin/join.ts';
import { forEachConcurrently } from '../shared/concurrency.ts';
import { batchResponse, recordBytes } from '../shared/kinesis-batch.ts';

/** Reads and merges of one asset per batch, before its records are left to Lambda's retry. */
const RACES_MAX = 5;
const WRITES_IN_FLIGHT_MAX = 32;

/** What one batch says about one asset. */
interface Reports {
  readonly observations: [Observation, ...Observation[]];
  readonly records: Set<KinesisStreamRecord>;
}

export interface ResolvedBatch {
  readonly response: KinesisStreamBatchResponse;
  readonly observations: number;
  readonly twinsWritten: number;
  readonly racesLost: number;
  readonly dotCollisions: number;
  readonly undecodable: readonly { readonly sequenceNumber: string; readonly detail: string }[];
  readonly writeErrors: readonly { readonly assetId: string; readonly error: unknown }[];
}

/**
 * Merges a batch into the twins: one strongly consistent read of all its assets, one conditional write an asset. The
 * condition makes each read-merge-write atomic; whoever loses the race reads the winner's twin and merges again.
 * Throws when the twins cannot be read: then the whole batch is retried.
 */
export async function resolveRecords(
  records: readonly KinesisStreamRecord[],
  twins: TwinStore,
): Promise<ResolvedBatch> {
  const { reports, undecodable } = groupByAsset(records);
  const counts = { twinsWritten: 0, racesLost: 0, dotCollisions: 0 };
  const writeErrors: { assetId: string; error: unknown }[] = [];

  let pending = [...reports.keys()];
  for (let round = 0; pending.length > 0 && round < RACES_MAX; round++) {
    const stored = await twins.read(pending);
    const lost: string[] = [];
    await forEachConcurrently(pending, WRITES_IN_FLIGHT_MAX, async (assetId) => {
      const { observations } = reportsOf(reports, assetId);
      const before = stored.get(assetId) ?? { twin: emptyTwinFor(observations[0]), version: 0 };
      const { twin, changed, collisions } = merge(before.twin, observations);
      if (round === 0) counts.dotCollisions += collisions.length;
      if (!changed) return;
      try {
        if ((await twins.write(twin, before.version)) === 'race-lost') lost.push(assetId);
        else counts.twinsWritten++;
      } catch (error) {
        writeErrors.push({ assetId, error });
      }
    });
    counts.racesLost += lost.length;
    pending = lost;
  }

  const failed = [...pending, ...writeErrors.map(({ assetId }) => assetId)];
  return {
    ...counts,
    observations: [...reports.values()].reduce((sum, { observations }) => sum + observations.length, 0),
    undecodable,
    writeErrors,
    response: batchResponse(failed.flatMap((assetId) => [...reportsOf(reports, assetId).records])),
  };
}

function groupByAsset(records: readonly KinesisStreamRecord[]) {
  const reports = new Map<string, Reports>();
  const undecodable: { sequenceNumber: string; detail: string }[] = [];
  for (const record of records) {
    const decoded = decodeObservationRecord(recordBytes(record));
    if (!decoded.ok) {
      undecodable.push({ sequenceNumber: record.kinesis.sequenceNumber, detail: decoded.detail });
      continue;
    }
    for (const observation of decoded.observations) {
      const report = reports.get(observation.assetId);
      if (report) {
        report.observations.push(observation);
        report.records.add(record);
      } else {
        reports.set(observation.assetId, { observations: [observation], records: new Set([record]) });
      }
    }
  }
  return { reports, undecodable };
}

function reportsOf(reports: ReadonlyMap<string, Reports>, assetId: string): Reports {
  const found = reports.get(assetId);
  assert(found, `asset ${assetId} is not of this batch`);
  return found;
}
