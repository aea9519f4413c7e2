import { utf8ToBytes } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';
import { assert } from './assert.ts';

/**
 * The UTF-8 bytes of a JSON value by RFC 8785, "JSON Canonicalization Scheme". Throws on what JSON cannot hold: NaN,
 * infinities, halves of surrogate pairs.
 */
export function canonicalBytes(value: unknown): Uint8Array {
  const text = canonicalize(value);
  assert(text !== undefined, () => `only JSON has canonical bytes, got ${typeof value}`);
  return utf8ToBytes(text);
}

/** Lexicographic by unsigned byte; a prefix comes first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const sharedBytes = Math.min(a.length, b.length);
  for (let index = 0; index < sharedBytes; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return a.length - b.length;
}
