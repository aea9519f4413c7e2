import assert from 'node:assert/strict';
import type { Departure } from '../../core/delta/delta.ts';
import { placeOfTwin, samePlace } from '../../core/delta/place.ts';
import type { Observation } from '../../core/observation.ts';
import type { StoredTwin, TwinStore } from '../../core/ports.ts';
import { type ReadingsBehind, readingsBehind } from '../../core/twin/behind-clock.ts';
import type { DotCollision } from '../../core/twin/draft.ts';
import { emptyTwinFor, merge } from '../../core/twin/join.ts';
import { forEachConcurrently } from './concurrency.ts';

/** Reads and merges of one asset, before it is left to whoever tries again. */
const RACES_MAX = 5;
/** Four calls of 25, which is what the table takes in one. */
const WRITES_IN_FLIGHT_MAX = 100;

/** What one batch says about one asset; never empty. */
export type Report = readonly [Observation, ...Observation[]];

/** An asset whose twin can never be written as these observations would have it. */
export interface RefusedReport {
  readonly assetId: string;
  readonly observations: Report;
  readonly detail: string;
}

export interface MergedTwins {
  /** Twins that stand in the table with all that was reported about them, whether it was written now or before. */
  readonly settled: readonly StoredTwin[];
  readonly refused: readonly RefusedReport[];
  /** Assets that should be tried again: the store failed, or others were faster each time. */
  readonly failed: readonly { readonly assetId: string; readonly error: unknown }[];
  readonly twinsWritten: number;
  readonly racesLost: number;
  readonly dotCollisions: number;
  readonly readingsBehindClock: readonly ReadingsBehind[];
}

export interface MergeContext {
  readonly twins: TwinStore;
  /** Tells the subscribers of a place that an asset is about to leave it. Does not throw: no twin waits for them. */
  readonly announce: (from: Departure['to'], departure: Departure) => Promise<void>;
  readonly nowMs: () => number;
}

/**
 * Merges reports into the twins: one strongly consistent read of all assets, one conditional write an asset. The
 * condition makes each read-merge-write atomic; whoever loses the race reads the winner's twin and merges again. An
 * asset that cannot be merged or written does not hold up the others. Throws when the twins cannot be read.
 */
export async function mergeTwins(reports: ReadonlyMap<string, Report>, context: MergeContext): Promise<MergedTwins> {
  const settled: StoredTwin[] = [];
  const refused: RefusedReport[] = [];
  const failed: { assetId: string; error: unknown }[] = [];
  const readingsBehindClock: ReadingsBehind[] = [];
  const counts = { twinsWritten: 0, racesLost: 0, dotCollisions: 0 };

  const settle = (twin: StoredTwin | undefined, before: StoredTwin | undefined): void => {
    // Version 0 has never been written: what was reported held nothing to write.
    if (!twin || twin.version === 0) return;
    settled.push(twin);
    counts.twinsWritten += twin.version - (before?.version ?? 0);
  };

  let pending = [...reports.keys()];
  for (let round = 0; pending.length > 0 && round < RACES_MAX; round++) {
    const stored = await context.twins.read(pending);
    const lost: string[] = [];
    await forEachConcurrently(pending, WRITES_IN_FLIGHT_MAX, async (assetId) => {
      const observations = reports.get(assetId);
      assert(observations, `asset ${assetId} is not of this batch`);
      const outcome = await mergeTwin(observations, stored.get(assetId), context);
      switch (outcome.kind) {
        case 'settled':
          settle(outcome.twin, stored.get(assetId));
          break;
        case 'race-lost':
          lost.push(assetId);
          break;
        case 'refused':
          refused.push({ assetId, observations: outcome.observations, detail: outcome.detail });
          settle(outcome.stays, stored.get(assetId));
          break;
        case 'failed':
          failed.push({ assetId, error: outcome.error });
      }
      if (round > 0) return;
      counts.dotCollisions += outcome.collisions.length;
      readingsBehindClock.push(...outcome.behind);
    });
    counts.racesLost += lost.length;
    pending = lost;
  }
  for (const assetId of pending) failed.push({ assetId, error: `lost ${RACES_MAX} races for its twin` });
  return { settled, refused, failed, readingsBehindClock, ...counts };
}

interface Noticed {
  readonly collisions: readonly DotCollision[];
  readonly behind: readonly ReadingsBehind[];
}

const NOTHING: Noticed = { collisions: [], behind: [] };

type Outcome = Noticed &
  (
    | { readonly kind: 'settled'; readonly twin: StoredTwin }
    | { readonly kind: 'race-lost' }
    | ({ readonly kind: 'refused'; readonly detail: string } & Salvage)
    | { readonly kind: 'failed'; readonly error: unknown }
  );

async function mergeTwin(
  observations: Report,
  stored: StoredTwin | undefined,
  { twins, announce, nowMs }: MergeContext,
): Promise<Outcome> {
  const before = stored ?? { twin: emptyTwinFor(observations[0]), version: 0 };
  const merged = tryMerge(before, observations);
  if (typeof merged === 'string') return { kind: 'refused', detail: merged, observations, ...NOTHING };
  const { twin, changed, collisions, advanced } = merged;
  const idle = observations.filter((_, index) => !advanced[index]);
  const noticed: Noticed = { collisions, behind: readingsBehind(twin, idle) };
  if (!changed) return { kind: 'settled', twin: before, ...noticed };

  const version = before.version + 1;
  try {
    const [from, to] = [placeOfTwin(before.twin), placeOfTwin(twin)];
    // Before the write: after a crash in between, nobody could tell any more which place the asset has left.
    const leaves = stored !== undefined && !samePlace(from, to);
    if (leaves) {
      await announce(from, { assetId: twin.assetId, version, resolvedAtMs: nowMs(), to });
    }
    const written = await twins.write(twin, before.version);
    if (written === 'race-lost') return { kind: 'race-lost', ...noticed };
    if (written !== 'written') {
      const salvage = await salvageTwin(before, observations, { twins, leaves });
      return { kind: 'refused', detail: written.refused, ...salvage, ...noticed };
    }
    return { kind: 'settled', twin: { twin, version }, ...noticed };
  } catch (error) {
    return { kind: 'failed', error, ...noticed };
  }
}

/** What remains of a twin that the store refused. */
interface Salvage {
  /** What is refused: all, or only what names a source that the twin does not know. */
  readonly observations: Report;
  /** The twin that stands in the table instead, written now or before. */
  readonly stays?: StoredTwin;
}

/**
 * A twin outgrows its item by names that are new to it: whoever speaks for it already is heard without them. And a twin
 * that was said to leave is written even as it stood: whoever was told so believes no version below the one announced.
 * Where somebody else was faster, he publishes that version.
 */
async function salvageTwin(
  { twin: before, version }: StoredTwin,
  observations: Report,
  { twins, leaves }: { twins: TwinStore; leaves: boolean },
): Promise<Salvage> {
  const isKnown = ({ source }: Observation): boolean =>
    [...before.registers.values()].some((register) => register.has(source));
  const [first, ...others] = observations.filter((observation) => !isKnown(observation));
  const twin = first ? merge(before, observations.filter(isKnown)).twin : before;
  const strangers: Report = first ? [first, ...others] : observations;
  if (twin === before && !leaves) return { observations: strangers, stays: { twin, version } };
  if ((await twins.write(twin, version)) !== 'written') return { observations };
  return { observations: strangers, stays: { twin, version: version + 1 } };
}

/** Merging is a pure function: what breaks it once breaks it as often as it is tried. */
function tryMerge({ twin }: StoredTwin, observations: Report): ReturnType<typeof merge> | string {
  try {
    return merge(twin, observations);
  } catch (error) {
    return `not merged: ${error instanceof Error ? error.message : String(error)}`;
  }
}
