import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

const KEY_ID_BYTES = 16;

/** By which the cloud finds a public key: the first 16 bytes of SHA-256 of its SubjectPublicKeyInfo, in hexadecimal. */
export function keyIdOf(spki: Uint8Array): string {
  return bytesToHex(sha256(spki).subarray(0, KEY_ID_BYTES));
}
