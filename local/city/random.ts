/** Numbers in [0, 1) that depend on their keys and nothing else, so that a city with one seed is always the same. */
export function chance(...keys: readonly (string | number)[]): number {
  // FNV-1a over the keys, then the finalizer of MurmurHash3, because FNV's high bits are weak on short keys.
  let hash = 0x811c9dc5;
  for (const character of keys.join('|')) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** Between `min` and `max`. */
export function between(min: number, max: number, ...keys: readonly (string | number)[]): number {
  return min + (max - min) * chance(...keys);
}

export function pick<Item>(items: readonly [Item, ...Item[]], ...keys: readonly (string | number)[]): Item {
  return items[Math.floor(chance(...keys) * items.length)] ?? items[0];
}
