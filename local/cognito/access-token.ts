import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { SIGNING_ALGORITHM, type SigningKey } from './signing-key.ts';
import type { AppClient } from './user-pools.ts';

export interface AccessTokenClaims {
  readonly client: AppClient;
  /** `<resource server>/<scope>`. */
  readonly scopes: readonly string[];
  readonly subject: string;
  readonly validSeconds: number;
}

/**
 * An access token as Cognito issues it for client credentials: no audience, but `client_id`.
 * docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
 */
export function signAccessToken(key: SigningKey, claims: AccessTokenClaims): Promise<string> {
  const { client, scopes, subject, validSeconds } = claims;
  const issuedAtSeconds = Math.floor(Date.now() / 1000);
  return new SignJWT({
    token_use: 'access',
    scope: scopes.join(' '),
    auth_time: issuedAtSeconds,
    version: 2,
    client_id: client.id,
  })
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid: key.keyId })
    .setIssuer(client.pool.issuer)
    .setSubject(subject)
    .setIssuedAt(issuedAtSeconds)
    .setExpirationTime(issuedAtSeconds + validSeconds)
    .setJti(randomUUID())
    .sign(key.privateKey);
}
