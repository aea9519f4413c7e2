import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  calculateJwkThumbprint,
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
} from 'jose';

/** Cognito signs with RS256 and keys of 2,048 bits. */
export const SIGNING_ALGORITHM = 'RS256';

/** The key pair of all user pools of one data directory. */
export interface SigningKey {
  readonly keyId: string;
  readonly privateKey: CryptoKey;
  /** What `/.well-known/jwks.json` gives. */
  readonly publicKeys: JSONWebKeySet;
  /** A secret that is the same at every start and cannot be guessed without the key. */
  deriveSecret(purpose: string): string;
}

/** Takes up the key in `file`, or makes one there that only its owner can read. */
export async function openSigningKey(file: string): Promise<SigningKey> {
  const jwk = existsSync(file) ? await readKey(file) : await makeKey(file);
  const privateKey = await importJWK(jwk, SIGNING_ALGORITHM);
  if (privateKey instanceof Uint8Array || jwk.d === undefined || jwk.kid === undefined) {
    throw new Error(`token signing key: ${file} holds no private RSA key; remove it and a new one is made`);
  }
  const { d: secret, kid, n = '', e = '' } = jwk;
  return {
    keyId: kid,
    privateKey,
    // Named one by one, so that nothing private can get in.
    publicKeys: { keys: [{ kty: 'RSA', n, e, kid, alg: SIGNING_ALGORITHM, use: 'sig' }] },
    deriveSecret: (purpose) => createHmac('sha256', secret).update(purpose).digest('base64url'),
  };
}

async function readKey(file: string): Promise<JWK> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new Error(`token signing key: ${file} is not JSON; remove it and a new one is made`, { cause });
  }
}

async function makeKey(file: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true, modulusLength: 2048 });
  const exported = await exportJWK(privateKey);
  const jwk = { ...exported, kid: await calculateJwkThumbprint(exported) };
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(jwk), { mode: 0o600 });
  return jwk;
}
