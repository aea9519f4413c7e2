/** FNV-1a, 32 bits: offset basis and prime as published by its authors (RFC 9923). */
const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1a of the characters of an ASCII text. */
export function fnv1a32(text: string): number {
  let hash = OFFSET_BASIS;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), PRIME);
  }
  return hash >>> 0;
}

/**
 * The bucket of an asset, 0 to `buckets` − 1: the partition key under which its observations stand in the log. It must
 * spread ids that differ in one digit and be the same everywhere and for ever; it need not resist anybody, for who may
 * speak for an asset is settled before. Ids are names, so their characters are their bytes.
 */
export function bucketOf(assetId: string, buckets: number): number {
  return fnv1a32(assetId) % buckets;
}
