import path from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Accumulator } from '../../core/archive/accumulator.ts';
import { type Comparison, compareTwins, type Divergence } from '../../core/archive/divergence.ts';
import type { Twin } from '../../core/twin/twin.ts';
import { dynamodbTwinStore } from '../../lambdas/shared/dynamodb-twin-store.ts';
import { scanTwins } from '../../lambdas/shared/dynamodb-twin-scan.ts';
import { openStores, TWINS_TABLE } from '../rebuild/city-stores.ts';
import { placeOf, stateDirectory } from '../rebuild/build.ts';
import { type Rebuilt, rebuild, type RebuildProgress } from '../rebuild/rebuild.ts';
import { findRuns, joinPartition, PARTITIONS, removeRun, type Run, writeRun } from '../rebuild/runs.ts';
import { openState } from '../rebuild/state.ts';
import type { Target } from '../target.ts';

export interface VerifyOptions {
  readonly target: Target;
  readonly bucket?: string;
  readonly workers?: number;
  readonly checkpointUntilMs?: number;
  /** What was received less than this before the table was read may not have been merged yet. */
  readonly graceMs: number;
  readonly progress: RebuildProgress;
}

export interface Verification {
  readonly watermarkMs: number;
  /** Assets, each in one of the three. */
  readonly equal: number;
  readonly newer: number;
  readonly divergent: number;
  readonly divergences: readonly Divergence[];
  readonly rebuilt: Rebuilt;
}

/** More say no more, and a table that is wholly wrong must not fill the memory. */
const DIVERGENT_ASSETS_MAX = 10_000;

/**
 * Compares the live table with the join of what the log holds. The table is read first and the log after it, to the tip of
 * its stream, so that the log is ahead: whatever was in the table is in the log by then, and of what is in the log, that
 * which was received before the watermark was in the table. The watermark is the time at which the table was read, less
 * `graceMs`. Twins that diverge are read once more, for one may have been behind.
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const { target, bucket, graceMs, progress, workers, checkpointUntilMs } = options;
  const stores = openStores(target);
  const { dynamodb, kinesis } = stores;
  try {
    const place = await placeOf(stores, bucket);
    const wanted = checkpointUntilMs === undefined ? {} : { checkpointUntilMs };
    const state = await openState(stateDirectory(target), { verify: true, place, wanted });
    const watermarkMs = Date.now() - graceMs;
    const live = await saveLive(dynamodb, path.join(state.runsDirectory, '..', 'live'));
    const common = { place, wanted, state, kinesis, progress, nowMs: () => Date.now() };
    const rebuilt = await rebuild(workers === undefined ? common : { ...common, workers });

    const findings = createFindings();
    const liveTwins = dynamodbTwinStore(dynamodb, TWINS_TABLE);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const theirs = twinsOf(await rebuilt.twins(partition));
      const ours = twinsOf(await joinPartition([live], partition));
      const suspects: string[] = [];
      for (const assetId of new Set([...ours.keys(), ...theirs.keys()])) {
        const comparison = compareTwins(ours.get(assetId), theirs.get(assetId), watermarkMs);
        if (comparison.kind === 'divergent') suspects.push(assetId);
        else findings.add(comparison);
      }
      const again = await liveTwins.read(suspects);
      for (const assetId of suspects) {
        findings.add(compareTwins(again.get(assetId)?.twin, theirs.get(assetId), watermarkMs));
      }
    }
    if (rebuilt.unreadable.length === 0) await state.remove();
    return { watermarkMs, ...findings.all(), rebuilt };
  } finally {
    stores.close();
  }
}

/** The table as it stands, on disk; what an earlier attempt has saved is removed. */
async function saveLive(dynamodb: DynamoDBClient, directory: string): Promise<Run> {
  for (const earlier of await findRuns(directory)) await removeRun(earlier);
  return writeRun(directory, flat(scanTwins(dynamodb, TWINS_TABLE)));
}

type Findings = Pick<Verification, 'equal' | 'newer' | 'divergent' | 'divergences'>;

function createFindings(): { add(comparison: Comparison): void; all(): Findings } {
  const counts = { equal: 0, newer: 0, divergent: 0 };
  const divergences: Divergence[] = [];
  return {
    add(comparison) {
      counts[comparison.kind] += 1;
      if (comparison.kind !== 'divergent' || counts.divergent > DIVERGENT_ASSETS_MAX) return;
      divergences.push(...comparison.divergences);
    },
    all: () => ({ ...counts, divergences }),
  };
}

function twinsOf(joined: Accumulator): Map<string, Twin> {
  return new Map([...joined.twins()].map(({ twin }) => [twin.assetId, twin]));
}

async function* flat<Item>(pages: AsyncIterable<readonly Item[]>): AsyncGenerator<Item> {
  for await (const page of pages) yield* page;
}
