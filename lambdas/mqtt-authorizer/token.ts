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
 * have a `client_id`, and an audience only where one was asked for ("Verifying JSON web tokens" in the Cognito developer
 * guide). Throws where the pool's keys cannot be had.
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
    // A token that is bound to a resource names it; API Gateway refuses one that is for another, too.
    if (payload.aud !== undefined && ![payload.aud].flat().includes(clientId))
      return refuse(`aud is ${String(payload.aud)}`);
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

/** An error of jose's without a class of its own is about the answer that should have held the keys. */
function isFaultOfToken(error: unknown): error is errors.JOSEError {
  return (
    error instanceof errors.JOSEError &&
    error.code !== errors.JOSEError.code &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid)
  );
}
