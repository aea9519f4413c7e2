import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';

export interface JwtAuthorizer {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** Where the token is, such as `$request.header.Authorization`. */
  readonly identitySource: string;
  readonly keys: JWTVerifyGetKey;
}

export type Authorization =
  | {
      readonly kind: 'allowed';
      readonly claims: Readonly<Record<string, string>>;
      /** Those of the route that the token has; null when the route asks for none. */
      readonly scopes: readonly string[] | null;
    }
  /** `challenge` is the `www-authenticate` header. */
  | { readonly kind: 'unauthorized' | 'forbidden'; readonly challenge: string };

/** "Currently, only RSA-based algorithms are supported." */
const ALGORITHMS = ['RS256', 'RS384', 'RS512'];

/**
 * Checks a token as an HTTP API does: signature, `iss`, `aud` (or `client_id` where there is no `aud`), `exp`, `nbf`,
 * `iat`, and that it has at least one of the route's scopes.
 * docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export async function authorize(
  authorizer: JwtAuthorizer,
  identity: string | undefined,
  routeScopes: readonly string[],
): Promise<Authorization> {
  if (identity === undefined || identity === '') {
    return { kind: 'unauthorized', challenge: 'Bearer' };
  }
  const claims = await verify(authorizer, identity.replace(/^Bearer\s+/i, ''));
  if (typeof claims === 'string') {
    const challenge = `Bearer scope="" error="invalid_token" error_description="${claims}"`;
    return { kind: 'unauthorized', challenge };
  }
  const held = scopesOf(claims);
  const scopes = routeScopes.filter((scope) => held.includes(scope));
  if (routeScopes.length > 0 && scopes.length === 0) {
    const challenge = `Bearer scope="${routeScopes.join(' ')}" error="insufficient_scope" error_description="the token does not have any of the required scopes"`;
    return { kind: 'forbidden', challenge };
  }
  return { kind: 'allowed', claims: toStrings(claims), scopes: routeScopes.length > 0 ? scopes : null };
}

/** The claims, or why the token is refused. */
async function verify({ issuer, audience, keys }: JwtAuthorizer, token: string): Promise<JWTPayload | string> {
  try {
    const { payload } = await jwtVerify(token, keys, { issuer, algorithms: ALGORITHMS, requiredClaims: ['exp'] });
    const audiences = payload.aud ?? payload.client_id;
    const given = Array.isArray(audiences) ? audiences : [audiences];
    if (!given.some((one) => typeof one === 'string' && audience.includes(one))) {
      return 'the token does not have a valid audience';
    }
    if (payload.iat !== undefined && payload.iat > Date.now() / 1000) {
      return 'the token was issued in the future';
    }
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) {
      return REASONS[error.code] ?? 'the token is malformed';
    }
    throw error;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'the token has expired',
  ERR_JWT_CLAIM_VALIDATION_FAILED: 'the token does not have valid claims',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'the token has an invalid signature',
  ERR_JWKS_NO_MATCHING_KEY: 'the token is signed with an unknown key',
  ERR_JOSE_ALG_NOT_ALLOWED: 'the token is not signed with an RSA-based algorithm',
};

/** "scope or scp: the token must include at least one of the scopes in the route's authorizationScopes." */
function scopesOf({ scope, scp }: JWTPayload): readonly unknown[] {
  const scopes = scope ?? scp;
  if (typeof scopes === 'string') {
    return scopes.split(' ');
  }
  return Array.isArray(scopes) ? scopes : [];
}

/** The event holds claims as text, lists in brackets. */
function toStrings(claims: JWTPayload): Record<string, string> {
  const text = (value: unknown): string => (Array.isArray(value) ? `[${value.join(' ')}]` : String(value));
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, text(value)]));
}
