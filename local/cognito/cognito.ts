import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { ResourceProvider } from '../cloudformation/resource-provider.ts';
import { signAccessToken } from './access-token.ts';
import { openSigningKey } from './signing-key.ts';
import { answerTokenRequest, type TokenRequest, type TokenResponse } from './token-endpoint.ts';
import { type AppClient, createUserPools } from './user-pools.ts';

/** The development token is good for as long as Cognito allows, and renewed at half of that. */
const DEVELOPMENT_TOKEN_SECONDS = 86_400;

interface TokenOptions {
  /** With or without the resource server's identifier, such as `read` or `cityweave/read`. */
  readonly scopes: readonly string[];
  readonly validSeconds?: number;
  /** The client's id when absent, as Cognito does. */
  readonly subject?: string;
}

export interface Cognito {
  readonly providers: readonly ResourceProvider[];
  /** An access token for a client of the template that may have all of these scopes. Throws when there is none. */
  issueToken(options: TokenOptions): Promise<string>;
  /** Writes such a token to `token` in the data directory, for its owner only, and renews it. Gives the token. */
  keepDevelopmentToken(scopes: readonly string[]): Promise<string>;
  answerTokenRequest(request: TokenRequest): Promise<TokenResponse>;
  readonly publicKeys: JSONWebKeySet;
  /** What verifies the tokens of an issuer; undefined when it is no user pool of the template. */
  keysOf(issuer: string): JWTVerifyGetKey | undefined;
  close(): void;
}

/** User pools, as far as machines need them: app clients, scopes and signed access tokens. No users, no sign-in. */
export async function openCognito({ dataDirectory }: { readonly dataDirectory: string }): Promise<Cognito> {
  const key = await openSigningKey(path.join(dataDirectory, 'cognito', 'signing-key.json'));
  const pools = createUserPools((clientId) => key.deriveSecret(clientId));
  const keys = createLocalJWKSet(key.publicKeys);
  let renewal: NodeJS.Timeout | undefined;

  async function issueToken({ scopes, validSeconds, subject }: TokenOptions): Promise<string> {
    for (const client of pools.clients()) {
      const granted = scopes.map((scope) => findScope(client, scope));
      if (client.mayUseClientCredentials && granted.every((scope) => scope !== undefined)) {
        return signAccessToken(key, {
          client,
          scopes: granted,
          subject: subject ?? client.id,
          validSeconds: validSeconds ?? client.accessTokenSeconds,
        });
      }
    }
    throw new Error(
      `no app client of the template may have the scopes ${scopes.join(', ')} by client credentials; its stack must allow them`,
    );
  }

  async function writeDevelopmentToken(scopes: readonly string[]): Promise<string> {
    const token = await issueToken({ scopes, validSeconds: DEVELOPMENT_TOKEN_SECONDS });
    const file = path.join(dataDirectory, 'token');
    await mkdir(dataDirectory, { recursive: true });
    await writeFile(`${file}.new`, `${token}\n`, { mode: 0o600 });
    // The mode counts only for a file that is new.
    await chmod(`${file}.new`, 0o600);
    await rename(`${file}.new`, file);
    return token;
  }

  return {
    providers: pools.providers,
    issueToken,
    async keepDevelopmentToken(scopes) {
      const token = await writeDevelopmentToken(scopes);
      clearInterval(renewal);
      const renew = (): void => void writeDevelopmentToken(scopes).catch(() => {});
      renewal = setInterval(renew, (DEVELOPMENT_TOKEN_SECONDS / 2) * 1000).unref();
      return token;
    },
    answerTokenRequest: (request) => answerTokenRequest(pools, key, request),
    publicKeys: key.publicKeys,
    keysOf: (issuer) => (pools.findPool(issuer) === undefined ? undefined : keys),
    close: () => clearInterval(renewal),
  };
}

function findScope(client: AppClient, scope: string): string | undefined {
  return client.scopes.find((allowed) => allowed === scope || allowed.endsWith(`/${scope}`));
}
