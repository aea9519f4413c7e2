import type { StoredTwin } from '../../../core/ports.ts';
import type { CityConfig } from '../../../core/schema/city-config.ts';
import { resolve } from '../../../core/twin/resolve.ts';
import { STRANGER } from '../city/config.ts';
import type { Tables } from '../cloud/tables.ts';
import type { World } from '../world.ts';
import type { Truth } from './views.ts';

const ATTRIBUTE = 'barrier';

/**
 * There is a review where sources say different things, and none where all of them agree. Where one of them has fallen
 * silent or an authority has spoken, it depends on what was before, and nothing is asked here.
 */
export function checkReviews(
  { scheduler, violated }: World,
  tables: Tables,
  stored: ReadonlyMap<string, StoredTwin>,
  city: CityConfig,
): void {
  const reviewed = new Set(tables.items('reviews').map((item) => `${item['assetId']?.S} ${item['attribute']?.S}`));
  for (const [assetId, { twin }] of stored) {
    const maxAgeMs = city.assetTypes[twin.assetType]?.attributes[ATTRIBUTE]?.maxAgeMs;
    if (maxAgeMs === undefined || [...twin.registers].some(([name, register]) => hasAuthority(name, register)))
      continue;
    // For a minute after it was admitted, the fast lane may take of the stranger what the bulk lane refuses.
    if (twin.registers.get(ATTRIBUTE)?.has(STRANGER)) continue;
    const siblings = [...(twin.registers.get(ATTRIBUTE)?.values() ?? [])].filter(
      ({ sibling }) => sibling !== undefined,
    );
    const isHeard = siblings.every(({ stamp }) => scheduler.nowMs() - Number(stamp / 1_000_000n) <= maxAgeMs);
    if (!isHeard || siblings.length === 0) continue;
    const said = new Set(siblings.map(({ sibling }) => sibling?.value));
    const isReviewed = reviewed.has(`${assetId} ${ATTRIBUTE}`);
    if (said.size > 1 !== isReviewed) {
      const says = JSON.stringify([...said]);
      violated('what is in dispute is reviewed', `${assetId}: said are ${says}, ${isReviewed ? 'a' : 'no'} review`);
    }
  }
}

/** Where authorities contradict each other nobody has decided: it is what the sensors agree on, or the fail-safe value. */
export function checkDecisions({ scheduler, violated }: World, { city, stored, evidence }: Truth): void {
  const nowMs = scheduler.nowMs();
  for (const [assetId, { twin }] of stored) {
    const type = city.assetTypes[twin.assetType];
    const decided = new Set<unknown>();
    for (const { sibling } of twin.registers.get(ATTRIBUTE)?.values() ?? []) {
      if (sibling?.validUntilMs !== undefined && nowMs < sibling.validUntilMs) decided.add(sibling.value);
    }
    if (decided.size < 2) continue;
    const shown = resolve(twin, type, nowMs, evidence.get(assetId)).attributes.get(ATTRIBUTE);
    if (shown?.flags.includes('decided')) violated('authorities who contradict each other decide nothing', assetId);
  }
}

function hasAuthority(name: string, register: ReadonlyMap<string, unknown>): boolean {
  return name.startsWith('distrust/') || [...register.keys()].some((source) => source.startsWith('operator/'));
}
