import type { Departure, TwinDelta } from '../../core/delta/delta.ts';
import { departureFrom, packDeltas } from '../../core/delta/pack.ts';
import type { Place } from '../../core/delta/place.ts';
import type { DeltaPublisher } from '../../core/ports.ts';
import type { CityConfig } from '../../core/schema/city-config.ts';
import { type ResolvedTwin, resolve } from '../../core/twin/resolve.ts';
import { forEachConcurrently } from './concurrency.ts';
import { assetTypeOf } from './evidence-store.ts';
import type { EvidencedTwin } from './watch-reviews.ts';

const PUBLISHES_IN_FLIGHT_MAX = 32;
/** A broker that has failed so often for one batch is down, and the rest of the batch is not tried. */
export const FAILURES_MAX = 32;

export interface PublishedDeltas {
  readonly messages: number;
  /** Assets whose delta the broker has not taken. */
  readonly failed: readonly { readonly assetIds: readonly string[]; readonly error: unknown }[];
  /** Assets whose delta lacks siblings, or could not be made at all: their subscribers must ask the API. */
  readonly incomplete: readonly { readonly assetId: string; readonly detail: string }[];
}

export interface PublishContext {
  readonly deltas: DeltaPublisher;
  readonly city: Pick<CityConfig, 'assetTypes'>;
  readonly nowMs: () => number;
}

/**
 * Publishes every twin of a batch, changed or not, resolved now by its evidence: when an earlier try wrote the twins and
 * then failed, nothing else would tell their subscribers. Where evidence was read, `resolvedAtMs` is from before: what is
 * opened meanwhile is then published as the later.
 */
export async function publishDeltas(
  twins: readonly EvidencedTwin[],
  { deltas: publisher, city, nowMs }: PublishContext,
  resolvedAtMs = nowMs(),
): Promise<PublishedDeltas> {
  const incomplete: { assetId: string; detail: string }[] = [];
  const { packs, abridged, oversized } = packDeltas(deltasOf(twins, city, resolvedAtMs, incomplete));
  for (const assetId of abridged) incomplete.push({ assetId, detail: 'published without its siblings: too many' });
  for (const assetId of oversized) incomplete.push({ assetId, detail: 'not published: too large for a message' });
  const failed: { assetIds: readonly string[]; error: unknown }[] = [];
  await forEachConcurrently(packs, PUBLISHES_IN_FLIGHT_MAX, async ({ assetIds, ...publication }) => {
    try {
      if (failed.length >= FAILURES_MAX) throw new Error(`not tried after ${FAILURES_MAX} that failed`);
      await publisher.publish(publication);
    } catch (error) {
      failed.push({ assetIds, error });
    }
  });
  return { messages: packs.length, failed, incomplete };
}

/** Tells the subscribers of a place that an asset leaves it; `onFailure` learns where the broker has not taken it. */
export function announceDeparture(
  publisher: DeltaPublisher,
  onFailure: (assetId: string, error: unknown) => void,
): (from: Place, departure: Departure) => Promise<void> {
  return async (from, departure) => {
    try {
      await publisher.publish(departureFrom(from, departure));
    } catch (error) {
      onFailure(departure.assetId, error);
    }
  };
}

/** One by one, so that what each twin resolves to is garbage as soon as it is packed; `unresolved` takes the others. */
function* deltasOf(
  twins: readonly EvidencedTwin[],
  city: PublishContext['city'],
  resolvedAtMs: number,
  unresolved: { assetId: string; detail: string }[],
): Iterable<TwinDelta> {
  for (const { twin, version, evidence } of twins) {
    let resolved: ResolvedTwin;
    try {
      resolved = resolve(twin, assetTypeOf(twin.assetType, city), resolvedAtMs, evidence);
    } catch (error) {
      // Resolving is a pure function: to try again would stop the shard, and end the same way.
      unresolved.push({ assetId: twin.assetId, detail: `not resolved: ${messageOf(error)}` });
      continue;
    }
    yield { twin, version, resolved, ...(evidence && { evidence }) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
