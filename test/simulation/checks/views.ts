import { isDeepStrictEqual } from 'node:util';
import { type Place, placeOf } from '../../../core/delta/place.ts';
import type { VersionedJson } from '../../../core/delta/view.ts';
import type { StoredTwin } from '../../../core/ports.ts';
import type { CityConfig } from '../../../core/schema/city-config.ts';
import type { Evidence } from '../../../core/twin/evidence.ts';
import { resolve } from '../../../core/twin/resolve.ts';
import { resolvedJson } from '../../../core/twin/twin-json.ts';
import type { Subscriber } from '../city/subscriber.ts';
import type { World } from '../world.ts';

/** What stands in the tables. */
export interface Truth {
  readonly stored: ReadonlyMap<string, StoredTwin>;
  readonly evidence: ReadonlyMap<string, Evidence>;
  readonly city: CityConfig;
}

/** A subscriber shows exactly the twins within its scope, as they resolve now. */
export function checkView(
  { scheduler, violated }: World,
  subscriber: Subscriber,
  { stored, evidence, city }: Truth,
  assetIds: Iterable<string> = stored.keys(),
): void {
  // Time has gone on since it looked last.
  subscriber.view().expire(scheduler.nowMs());
  const shown = subscriber.view().twins();
  for (const assetId of assetIds) {
    const { twin, version } = stored.get(assetId) ?? {};
    if (!twin || version === undefined) continue;
    const type = city.assetTypes[twin.assetType];
    const resolved = resolve(twin, type, scheduler.nowMs(), evidence.get(assetId));
    const isWithin = within(subscriber.scope, placeOf(resolved));
    const expected = isWithin ? content({ ...resolvedJson(resolved), version }) : undefined;
    const json = shown.get(assetId);
    const got = json && content(json);
    if (!isDeepStrictEqual(got, expected)) {
      const detail = `${subscriber.name}: got ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`;
      violated('every view equals the twin', `${assetId}, ${detail}`);
    }
  }
}

/** What both a delta and the API say; when it was resolved does not matter. */
function content({ assetType, zone, registered, attributes, position, validUntil, version }: VersionedJson) {
  return { assetType, zone, registered, attributes, position, validUntil, version };
}

function within({ zone, tile }: Partial<Place>, place: Place): boolean {
  return (zone === undefined || zone === place.zone) && (tile === undefined || tile === place.tile);
}
