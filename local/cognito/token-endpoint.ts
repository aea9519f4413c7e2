import { timingSafeEqual } from 'node:crypto';
import { signAccessToken } from './access-token.ts';
import type { SigningKey } from './signing-key.ts';
import type { AppClient, UserPools } from './user-pools.ts';

export interface TokenRequest {
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
  /** The form in the body. */
  readonly form: string;
}

export interface TokenResponse {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

type TokenError =
  | 'invalid_request'
  | 'invalid_client'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope';

/**
 * `POST /oauth2/token` for the grant `client_credentials`, with the secret in the header or in the form.
 * docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
 */
export async function answerTokenRequest(
  pools: UserPools,
  key: SigningKey,
  { authorization, form }: TokenRequest,
): Promise<TokenResponse> {
  const parameters = new URLSearchParams(form);
  const grantType = parameters.get('grant_type');
  if (grantType === null) {
    return refuse('invalid_request');
  }
  if (grantType !== 'client_credentials') {
    return refuse('unsupported_grant_type');
  }
  const client = authenticate(pools, authorization, parameters);
  if (client === undefined) {
    return refuse('invalid_client');
  }
  if (!client.mayUseClientCredentials) {
    return refuse('unauthorized_client');
  }
  const asked = parameters.get('scope')?.split(' ').filter(Boolean) ?? [];
  const scopes = asked.length > 0 ? asked : client.scopes;
  if (scopes.some((scope) => !client.scopes.includes(scope))) {
    return refuse('invalid_scope');
  }
  const validSeconds = client.accessTokenSeconds;
  const token = await signAccessToken(key, { client, scopes, subject: client.id, validSeconds });
  return { status: 200, body: { access_token: token, expires_in: validSeconds, token_type: 'Bearer' } };
}

/** A client without a secret cannot prove who it is, so this grant is not for it. */
function authenticate(
  pools: UserPools,
  authorization: string | undefined,
  parameters: URLSearchParams,
): AppClient | undefined {
  const [id, secret] = basicCredentials(authorization) ?? [
    parameters.get('client_id'),
    parameters.get('client_secret'),
  ];
  const client = pools.findClient(id ?? '');
  return client?.secret !== undefined && isEqual(client.secret, secret ?? '') ? client : undefined;
}

/** RFC 7617; undefined without such a header. */
function basicCredentials(authorization: string | undefined): [id: string, secret: string] | undefined {
  const encoded = /^Basic\s+(.+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) {
    return undefined;
  }
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}

function isEqual(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function refuse(error: TokenError): TokenResponse {
  return { status: 400, body: { error } };
}
