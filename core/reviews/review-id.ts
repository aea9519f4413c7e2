import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { ReviewKey } from '../ports.ts';
import { canonicalBytes } from '../twin/canonical-bytes.ts';

/** Half of the hash: no two of all reviews there will ever be have the same. */
const ID_BYTES = 16;

/** 32 hexadecimal digits: the first half of SHA-256 over the RFC 8785 JSON `[asset, attribute, ...sources]`. */
export function reviewIdOf({ assetId, attribute }: ReviewKey, sources: readonly string[]): string {
  return bytesToHex(sha256(canonicalBytes([assetId, attribute, ...sources.toSorted()])).subarray(0, ID_BYTES));
}
