import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CreatedResource, ResourceProvider } from '../../../local/cloudformation/resource-provider.ts';
import { type Cognito, openCognito } from '../../../local/cognito/cognito.ts';

export interface CityPool {
  readonly cognito: Cognito;
  readonly directory: string;
  readonly poolId: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  close(): Promise<void>;
}

/** Creates a resource as a template would. */
export function createResource(
  providers: readonly ResourceProvider[],
  type: string,
  logicalId: string,
  properties: Record<string, unknown>,
): Promise<CreatedResource> {
  const provider = providers.find((candidate) => candidate.type === type);
  if (provider === undefined) {
    throw new Error(`no provider for ${type}`);
  }
  return provider.create({
    stackName: 'Api',
    logicalId,
    type,
    properties,
    metadata: {},
    assemblyDirectory: 'cdk.out',
  });
}

/** A user pool with the scopes `cityweave/read` and `cityweave/operate`, and a client that may have both. */
export async function openCityPool(existing?: string): Promise<CityPool> {
  const directory = existing ?? (await mkdtemp(path.join(tmpdir(), 'cityweave-cognito-')));
  const cognito = await openCognito({ dataDirectory: directory });
  const pool = await createResource(cognito.providers, 'AWS::Cognito::UserPool', 'Pool', {});
  const scopes = ['read', 'operate'].map((ScopeName) => ({ ScopeName, ScopeDescription: ScopeName }));
  const server = await createResource(cognito.providers, 'AWS::Cognito::UserPoolResourceServer', 'Server', {
    UserPoolId: pool.ref,
    Identifier: 'cityweave',
    Scopes: scopes,
  });
  const client = await createResource(cognito.providers, 'AWS::Cognito::UserPoolClient', 'Client', {
    UserPoolId: pool.ref,
    GenerateSecret: true,
    AllowedOAuthFlows: ['client_credentials'],
    AllowedOAuthScopes: [`${server.ref}/read`, `${server.ref}/operate`],
  });
  return {
    cognito,
    directory,
    poolId: pool.ref,
    issuer: pool.attributes.ProviderURL ?? '',
    clientId: client.ref,
    clientSecret: client.attributes.ClientSecret ?? '',
    async close() {
      cognito.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
