import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../cloud/expression.ts';
import type { World } from '../world.ts';

/**
 * Looks at every write of a twin's item as the table has it, without the code that reads and writes such items: versions
 * count by one, and what was known stays known.
 */
export function checkTwinGrows({ violated }: World, before: Item | undefined, after: Item): void {
  const assetId = after['assetId']?.S ?? '';
  const [from, to] = [Number(before?.['version']?.N ?? 0), Number(after['version']?.N)];
  if (to !== from + 1) violated('versions of a twin count by one', `${assetId}: ${from} to ${to}`);
  const floors = after['floors']?.M ?? {};
  for (const [source, floor] of Object.entries(before?.['floors']?.M ?? {})) {
    if (stampOf(floors[source]) < stampOf(floor)) violated('a twin never goes back', `${assetId}: floor of ${source}`);
  }
  for (const [name, register] of Object.entries(before?.['registers']?.M ?? {})) {
    const next = after['registers']?.M?.[name]?.M ?? {};
    for (const [source, entry] of Object.entries(register.M ?? {})) {
      const [old, now] = [entry.M ?? {}, next[source]?.M];
      const isRetired = stampOf(floors[source]) >= stampOf(old['t']);
      if (!isRetired && (!now || isBehind(now, old))) {
        violated('a twin never goes back', `${assetId}: ${name} of ${source} in version ${to}`);
      }
    }
  }
}

type Entry = Readonly<Record<string, AttributeValue>>;

/** An earlier stamp, or a superseded dot that stands again. */
function isBehind(now: Entry, old: Entry): boolean {
  const [stamp, oldStamp] = [stampOf(now['t']), stampOf(old['t'])];
  return stamp < oldStamp || (stamp === oldStamp && now['v'] !== undefined && old['v'] === undefined);
}

function stampOf(value: AttributeValue | undefined): bigint {
  return BigInt(value?.N ?? -1);
}
