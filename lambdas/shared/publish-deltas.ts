import type { Departure, TwinDelta } from '../../core/delta/delta.ts';
import { departureFrom, packDeltas } from '../../core/delta/pack.ts';
import type { Place } from '../../core/delta/place.ts';
import type { DeltaPublisher, StoredTwin } from '../../core/ports.ts';
import type { AssetType, CityConfig } from '../../core/schema/city-config.ts';
import { resolve } from '../../core/twin/resolve.ts';
import { forEachConcurrently } from './concurrency.ts';

const PUBLISHES_IN_FLIGHT_MAX = 32;

export interface PublishedDeltas {
  readonly messages: number;
  /** Assets whose delta could not be published and should be tried again. */
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
 * Publishes every twin of a batch, changed or not, resolved now: when an earlier try wrote the twins and then failed,
 * nothing else would tell their subscribers.
 */
export async function publishDeltas(
  twins: readonly StoredTwin[],
  { deltas: publisher, city, nowMs }: PublishContext,
): Promise<PublishedDeltas> {
  const resolvedAtMs = nowMs();
  const deltas: TwinDelta[] = [];
  const incomplete: { assetId: string; detail: string }[] = [];
  for (const { twin, version } of twins) {
    try {
      deltas.push({ twin, version, resolved: resolve(twin, typeOf(twin.assetType, city), resolvedAtMs) });
    } catch (error) {
      // Resolving is a pure function: to try again would stop the shard, and end the same way.
      incomplete.push({ assetId: twin.assetId, detail: `not resolved: ${messageOf(error)}` });
    }
  }

  const { packs, abridged, oversized } = packDeltas(deltas);
  for (const assetId of abridged) incomplete.push({ assetId, detail: 'published without its siblings: too many' });
  for (const assetId of oversized) incomplete.push({ assetId, detail: 'not published: too large for a message' });
  const failed: { assetIds: readonly string[]; error: unknown }[] = [];
  await forEachConcurrently(packs, PUBLISHES_IN_FLIGHT_MAX, async ({ assetIds, ...publication }) => {
    try {
      await publisher.publish(publication);
    } catch (error) {
      failed.push({ assetIds, error });
    }
  });
  return { messages: packs.length, failed, incomplete };
}

/** Tells the subscribers of a place that an asset leaves it. Throws where it could not. */
export function announceDeparture(publisher: DeltaPublisher): (from: Place, departure: Departure) => Promise<void> {
  return (from, departure) => publisher.publish(departureFrom(from, departure));
}

/** A type that the configuration has dropped resolves nothing, but its twins are still published. */
function typeOf(name: string, { assetTypes }: Pick<CityConfig, 'assetTypes'>): AssetType | undefined {
  return Object.hasOwn(assetTypes, name) ? assetTypes[name] : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
