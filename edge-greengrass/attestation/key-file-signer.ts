import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { keyIdOf } from '../../core/attestation/key-id.ts';
import type { Signer } from '../ports.ts';

/** For development only: who can read the file, or a backup of it, can sign from anywhere. Throws where it holds no P-256 key. */
export async function openKeyFile(path: string): Promise<Signer> {
  const key = createPrivateKey(await readFile(path));
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve !== 'prime256v1') {
    throw new Error(`${path} holds a key of ${curve ?? key.asymmetricKeyType}, expected one on P-256`);
  }
  return {
    keyId: keyIdOf(createPublicKey(key).export({ type: 'spki', format: 'der' })),
    sign: async (message) => sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' }),
    close: async () => {},
  };
}
