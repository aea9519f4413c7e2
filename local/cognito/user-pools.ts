import { createHash } from 'node:crypto';
import { LOCAL_REGION, localArn } from '../aws.ts';
import { isRecord } from '../is-record.ts';
import type { ResourceProvider, TemplateResource } from '../cloudformation/resource-provider.ts';

interface UserPool {
  readonly id: string;
  readonly issuer: string;
}

export interface AppClient {
  readonly id: string;
  /** Undefined for a public client. */
  readonly secret: string | undefined;
  readonly pool: UserPool;
  /** May ask for a token in its own name (`client_credentials`). */
  readonly mayUseClientCredentials: boolean;
  /** `<resource server>/<scope>`, in the template's order. */
  readonly scopes: readonly string[];
  readonly accessTokenSeconds: number;
}

/** The user pools that the template describes, with their app clients. */
export interface UserPools {
  readonly providers: readonly ResourceProvider[];
  findPool(issuer: string): UserPool | undefined;
  findClient(id: string): AppClient | undefined;
  clients(): readonly AppClient[];
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };

/** docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html */
const ACCESS_TOKEN_SECONDS = { default: 3600, min: 300, max: 86_400 };

/** `deriveSecret` gives a client's secret, the same at every start. */
export function createUserPools(deriveSecret: (clientId: string) => string): UserPools {
  const pools = new Map<string, UserPool>();
  const clients = new Map<string, AppClient>();
  /** `<resource server>/<scope>` by pool. */
  const scopes = new Map<string, Set<string>>();

  const userPool: ResourceProvider = {
    type: 'AWS::Cognito::UserPool',
    async create(resource) {
      const triggers = resource.properties.LambdaConfig;
      if (isRecord(triggers) && Object.keys(triggers).length > 0) {
        throw new Error(`user pool ${resource.logicalId}: LambdaConfig is not supported by the local cloud`);
      }
      const id = `${LOCAL_REGION}_${nameOf(resource, 9)}`;
      const provider = `cognito-idp.${LOCAL_REGION}.amazonaws.com/${id}`;
      pools.set(id, { id, issuer: `https://${provider}` });
      scopes.set(id, new Set());
      const arn = localArn('cognito-idp', `userpool/${id}`);
      return {
        ref: id,
        attributes: { Arn: arn, ProviderName: provider, ProviderURL: `https://${provider}`, UserPoolId: id },
      };
    },
  };

  const resourceServer: ResourceProvider = {
    type: 'AWS::Cognito::UserPoolResourceServer',
    async create(resource) {
      const { Identifier, Scopes } = resource.properties;
      const pool = poolOf(resource);
      const identifier = String(Identifier);
      for (const { ScopeName } of Array.isArray(Scopes) ? Scopes : []) {
        scopes.get(pool.id)?.add(`${identifier}/${String(ScopeName)}`);
      }
      // CDK writes a client's scopes with what Ref gives.
      return { ref: identifier, attributes: {} };
    },
  };

  const userPoolClient: ResourceProvider = {
    type: 'AWS::Cognito::UserPoolClient',
    async create(resource) {
      const { properties } = resource;
      const pool = poolOf(resource);
      const id = nameOf(resource, 26).toLowerCase();
      const allowed = stringsOf(properties.AllowedOAuthScopes);
      const unknown = allowed.find((scope) => scope.includes('/') && scopes.get(pool.id)?.has(scope) !== true);
      if (unknown !== undefined) {
        throw new Error(
          `app client ${resource.logicalId}: AllowedOAuthScopes names ${unknown}, which no resource server has`,
        );
      }
      const secret = String(properties.GenerateSecret) === 'true' ? deriveSecret(id) : undefined;
      clients.set(id, {
        id,
        secret,
        pool,
        mayUseClientCredentials: stringsOf(properties.AllowedOAuthFlows).includes('client_credentials'),
        scopes: allowed,
        accessTokenSeconds: readAccessTokenSeconds(resource),
      });
      const attributes = { ClientId: id, Name: typeof properties.ClientName === 'string' ? properties.ClientName : id };
      return { ref: id, attributes: secret === undefined ? attributes : { ...attributes, ClientSecret: secret } };
    },
  };

  const userPoolDomain: ResourceProvider = {
    type: 'AWS::Cognito::UserPoolDomain',
    async create(resource) {
      poolOf(resource);
      const domain = String(resource.properties.Domain);
      return { ref: domain, attributes: { Id: domain } };
    },
  };

  function poolOf({ logicalId, properties }: TemplateResource): UserPool {
    const pool = pools.get(String(properties.UserPoolId));
    if (pool === undefined) {
      throw new Error(`${logicalId}: UserPoolId ${String(properties.UserPoolId)} is no user pool of the template`);
    }
    return pool;
  }

  return {
    providers: [userPool, resourceServer, userPoolClient, userPoolDomain],
    findPool: (issuer) => [...pools.values()].find((pool) => pool.issuer === issuer),
    findClient: (id) => clients.get(id),
    clients: () => [...clients.values()],
  };
}

/** Letters and digits in the style of Cognito's ids, the same at every start. */
function nameOf({ stackName, logicalId }: TemplateResource, length: number): string {
  const hash = createHash('sha512').update(`${stackName}/${logicalId}`).digest('base64');
  return hash.replace(/[^A-Za-z0-9]/g, '').slice(0, length);
}

function readAccessTokenSeconds({ logicalId, properties }: TemplateResource): number {
  if (properties.AccessTokenValidity === undefined) {
    return ACCESS_TOKEN_SECONDS.default;
  }
  const validity = Number(properties.AccessTokenValidity);
  const units = isRecord(properties.TokenValidityUnits) ? properties.TokenValidityUnits : {};
  const unit = typeof units.AccessToken === 'string' ? units.AccessToken : 'hours';
  const seconds = validity * (UNIT_SECONDS[unit] ?? Number.NaN);
  if (!(seconds >= ACCESS_TOKEN_SECONDS.min && seconds <= ACCESS_TOKEN_SECONDS.max)) {
    throw new Error(`app client ${logicalId}: AccessTokenValidity is ${validity} ${unit}; expected 5 minutes to 1 day`);
  }
  return seconds;
}

function stringsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
