import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { VerifySignature } from '../../../core/attestation/proof.ts';

/** Beyond it the cache starts over. A key takes as long to read as a signature to check. */
const KEYS_MAX = 10_000;

export function p256Verifier(): VerifySignature {
  const keys = new Map<string, KeyObject | undefined>();
  const keyOf = (spki: Uint8Array): KeyObject | undefined => {
    const name = Buffer.from(spki).toString('base64');
    if (keys.has(name)) return keys.get(name);
    if (keys.size >= KEYS_MAX) keys.clear();
    const key = readP256(spki);
    keys.set(name, key);
    return key;
  };
  return (spki, message, signature) => {
    const key = keyOf(spki);
    return key !== undefined && verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
  };
}

/** Undefined for what is no public key, or one of another kind or on another curve. */
export function readP256(spki: Uint8Array): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
  } catch {
    return undefined;
  }
}
