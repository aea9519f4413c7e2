import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose';

/** What a token must say to be taken. */
export interface TokenRule {
  /** URL of the user pool. */
  readonly issuer: string;
  readonly clientId: string;
  /** `<resource server>/<scope>`. */
  readonly scope: string;
}

export type TokenVerdict =
  | { readonly valid: true; readonly subject: string; readonly expiresAtS: number }
  | { readonly valid: false; readonly reason: string };

/**
 * Verifies an access token of a Cognito user pool: signature, issuer, expiry, client and scope. Cognito's access tokens
 * have no audience but a `client_id` ("Verifying JSON web tokens" in the Cognito developer guide). Throws where the
 * pool's keys cannot be had.
 */
export async function verifyToken(
  token: string,
  keys: JWTVerifyGetKey,
  { issuer, clientId, scope }: TokenRule,
): Promise<TokenVerdict> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'sub', 'scope', 'client_id', 'token_use'],
    });
    if (payload['token_use'] !== 'access')
      return refuse(`token_use is ${String(payload['token_use'])}, expected access`);
    if (payload['client_id'] !== clientId) return refuse(`client_id is ${String(payload['client_id'])}`);
    if (!String(payload['scope']).split(' ').includes(scope)) return refuse(`scope ${scope} is missing`);
    return { valid: true, subject: payload.sub ?? '', expiresAtS: payload.exp ?? 0 };
  } catch (error) {
    if (isFaultOfToken(error)) return refuse(error.message);
    throw new Error(`the keys of ${issuer} cannot be had`, { cause: error });
  }
}

function refuse(reason: string): TokenVerdict {
  return { valid: false, reason };
}

function isFaultOfToken(error: unknown): error is errors.JOSEError {
  return (
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid)
  );
}
