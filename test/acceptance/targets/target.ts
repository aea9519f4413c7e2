/** What the suite speaks to: MQTT, AWS APIs and HTTP, nothing else. */
export interface Target {
  readonly mqttUrl: string;
  /** Undefined for AWS itself. */
  readonly awsEndpoint: string | undefined;
  readonly apiUrl: string;
  /** With both scopes. */
  readonly token: string;
  /** A token by client credentials, with these scopes only. */
  tokenFor(scopes: readonly string[]): Promise<string>;
  /** Signs any claims with the issuer's own key; absent where nobody has that key. */
  readonly sign?: (claims: Readonly<Record<string, unknown>>) => Promise<string>;
  close(): Promise<void>;
}

/** A way to such a target. */
export interface TargetChoice {
  readonly name: string;
  /** Why it cannot be reached from here; undefined where it can. */
  readonly absence: string | undefined;
  open(): Promise<Target>;
}

export interface ClientCredentials {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** `POST /oauth2/token` for the grant `client_credentials` (RFC 6749 section 4.4). */
export async function requestToken(
  { tokenUrl, clientId, clientSecret }: ClientCredentials,
  scopes: readonly string[],
): Promise<string> {
  const answer = await fetch(tokenUrl, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: scopes.map((scope) => `cityweave/${scope}`).join(' '),
    }),
  });
  const body = (await answer.json()) as { access_token?: string; error?: string };
  if (body.access_token === undefined) throw new Error(`no token from ${tokenUrl}: ${answer.status} ${body.error}`);
  return body.access_token;
}
