import { createHash } from 'node:crypto';
import type { JWTVerifyGetKey } from 'jose';
import { LOCAL_REGION } from '../aws.ts';
import type { CreatedResource, ResourceProvider, TemplateResource } from '../cloudformation/resource-provider.ts';
import { isRecord } from '../is-record.ts';
import { type CorsSettings, readCors } from './cors.ts';
import type { JwtAuthorizer } from './jwt-authorizer.ts';
import { createThrottle, type Throttle } from './throttle.ts';
import { createRouteTable, type Route, type RouteTable } from './route-table.ts';

export interface Stage {
  readonly name: string;
  /** Undefined without limits of its own. */
  readonly throttle: Throttle | undefined;
}

export interface ApiDefinition {
  readonly id: string;
  readonly cors: CorsSettings | undefined;
  readonly stages: readonly Stage[];
  readonly findRoute: RouteTable;
  readonly authorizers: ReadonlyMap<string, JwtAuthorizer>;
}

/** What the template says about its HTTP API. */
export interface ApiBuilder {
  readonly providers: readonly ResourceProvider[];
  /** Undefined while the template has named no API. */
  current(): ApiDefinition | undefined;
}

interface Integration {
  readonly functionArn: string;
  readonly timeoutMs: number;
}

/** docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const INTEGRATION_TIMEOUT_MS = { min: 50, max: 30_000 };

/** `keysOf` gives what verifies the tokens of an issuer; undefined for an issuer that is not of the template. */
export function createApiBuilder(keysOf: (issuer: string) => JWTVerifyGetKey | undefined): ApiBuilder {
  const integrations = new Map<string, Integration>();
  const authorizers = new Map<string, JwtAuthorizer>();
  const stages: Stage[] = [];
  const routes: Route[] = [];
  let findRoute = createRouteTable(routes);
  let api: { readonly id: string; readonly cors: CorsSettings | undefined } | undefined;

  const creators: Readonly<Record<string, (resource: TemplateResource) => CreatedResource>> = {
    'AWS::ApiGatewayV2::Api'(resource) {
      const { ProtocolType, CorsConfiguration, Body } = resource.properties;
      if (api !== undefined || ProtocolType !== 'HTTP' || Body !== undefined) {
        throw new Error(
          `API ${resource.logicalId}: the local cloud serves one API, with ProtocolType HTTP and no Body`,
        );
      }
      const id = idOf(resource);
      api = { id, cors: readCors(CorsConfiguration) };
      const host = `${id}.execute-api.${LOCAL_REGION}.amazonaws.com`;
      return { ref: id, attributes: { ApiId: id, ApiEndpoint: `https://${host}` } };
    },

    'AWS::ApiGatewayV2::Stage'({ properties }) {
      const name = String(properties.StageName);
      stages.push({ name, throttle: readThrottle(properties.DefaultRouteSettings) });
      return { ref: name, attributes: {} };
    },

    'AWS::ApiGatewayV2::Integration'(resource) {
      const id = idOf(resource);
      integrations.set(id, readIntegration(resource));
      return { ref: id, attributes: { IntegrationId: id } };
    },

    'AWS::ApiGatewayV2::Authorizer'(resource) {
      const id = idOf(resource);
      authorizers.set(id, readAuthorizer(resource, keysOf));
      return { ref: id, attributes: { AuthorizerId: id } };
    },

    'AWS::ApiGatewayV2::Route'(resource) {
      const { properties, logicalId } = resource;
      const target = String(properties.Target);
      const integration = integrations.get(target.replace(/^integrations\//, ''));
      if (integration === undefined) {
        throw new Error(`route ${logicalId}: Target ${target} is no integration of the template`);
      }
      const id = idOf(resource);
      routes.push({ key: String(properties.RouteKey), ...integration, ...readAuthorization(resource) });
      findRoute = createRouteTable(routes);
      return { ref: id, attributes: { RouteId: id } };
    },
  };

  function readAuthorization({ properties, logicalId }: TemplateResource): Pick<Route, 'authorizerId' | 'scopes'> {
    const { AuthorizationType = 'NONE', AuthorizerId, AuthorizationScopes } = properties;
    if (AuthorizationType === 'NONE') {
      return { authorizerId: undefined, scopes: [] };
    }
    const authorizerId = String(AuthorizerId);
    if (AuthorizationType !== 'JWT' || !authorizers.has(authorizerId)) {
      throw new Error(
        `route ${logicalId}: AuthorizationType must be NONE, or JWT with an AuthorizerId of the template`,
      );
    }
    return { authorizerId, scopes: stringsOf(AuthorizationScopes) };
  }

  return {
    providers: Object.entries(creators).map(([type, create]) => ({
      type,
      create: async (resource) => create(resource),
    })),
    current: () => api && { ...api, stages, findRoute, authorizers },
  };
}

function readThrottle(settings: unknown): Throttle | undefined {
  const { ThrottlingRateLimit, ThrottlingBurstLimit } = isRecord(settings) ? settings : {};
  return ThrottlingRateLimit === undefined || ThrottlingBurstLimit === undefined
    ? undefined
    : createThrottle({ requestsPerSecond: Number(ThrottlingRateLimit), burst: Number(ThrottlingBurstLimit) });
}

function readIntegration({ properties, logicalId }: TemplateResource): Integration {
  const { IntegrationType, IntegrationUri, PayloadFormatVersion, TimeoutInMillis } = properties;
  if (IntegrationType !== 'AWS_PROXY' || PayloadFormatVersion !== '2.0') {
    throw new Error(
      `integration ${logicalId}: the local cloud does IntegrationType AWS_PROXY with PayloadFormatVersion 2.0 only`,
    );
  }
  // Either the function's ARN or the address of its invocations.
  const functionArn = /arn:[^:]+:lambda:[^/]+/.exec(String(IntegrationUri))?.[0];
  if (functionArn === undefined) {
    throw new Error(`integration ${logicalId}: IntegrationUri is ${String(IntegrationUri)}; expected a function's ARN`);
  }
  const timeoutMs = Number(TimeoutInMillis ?? INTEGRATION_TIMEOUT_MS.max);
  if (!(timeoutMs >= INTEGRATION_TIMEOUT_MS.min && timeoutMs <= INTEGRATION_TIMEOUT_MS.max)) {
    throw new Error(`integration ${logicalId}: TimeoutInMillis is ${timeoutMs}; expected 50 to 30000`);
  }
  return { functionArn, timeoutMs };
}

function readAuthorizer(
  { properties, logicalId }: TemplateResource,
  keysOf: (issuer: string) => JWTVerifyGetKey | undefined,
): JwtAuthorizer {
  const { AuthorizerType, JwtConfiguration, IdentitySource } = properties;
  if (AuthorizerType !== 'JWT' || !isRecord(JwtConfiguration)) {
    throw new Error(
      `authorizer ${logicalId}: AuthorizerType is ${String(AuthorizerType)}; the local cloud does JWT only`,
    );
  }
  const issuer = String(JwtConfiguration.Issuer);
  const keys = keysOf(issuer);
  if (keys === undefined) {
    throw new Error(`authorizer ${logicalId}: Issuer ${issuer} is no user pool of the template`);
  }
  const [identitySource = '$request.header.Authorization'] = stringsOf(IdentitySource);
  if (!/^\$request\.(header|querystring)\.[^.]+$/.test(identitySource)) {
    throw new Error(
      `authorizer ${logicalId}: IdentitySource is ${identitySource}; expected a header or a query parameter`,
    );
  }
  return { issuer, audience: stringsOf(JwtConfiguration.Audience), identitySource, keys };
}

/** Ten letters and digits, the same at every start. */
function idOf({ stackName, logicalId }: TemplateResource): string {
  const hash = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex');
  return BigInt(`0x${hash}`).toString(36).slice(0, 10);
}

function stringsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
