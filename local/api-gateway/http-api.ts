import type { IncomingMessage } from 'node:http';
import type { ResourceProvider } from '../cloudformation/resource-provider.ts';
import type { Cognito } from '../cognito/cognito.ts';
import type { InvokeResult } from '../lambda/invocation.ts';
import { type ApiDefinition, createApiBuilder, type Stage } from './api-definition.ts';
import { answerPreflight, withCors } from './cors.ts';
import { createHttpServer, type HttpAnswer, type HttpRequest, type HttpServer, message } from './http-server.ts';
import { authorize, type JwtAuthorizer } from './jwt-authorizer.ts';
import { toProxyEvent } from './proxy-event.ts';
import { toHttpAnswer } from './proxy-response.ts';
import type { Route } from './route-table.ts';

const DEFAULT_STAGE = '$default';

export interface HttpApiOptions {
  readonly invoke: (functionArn: string, event: unknown) => Promise<InvokeResult>;
  readonly cognito: Pick<Cognito, 'keysOf' | 'answerTokenRequest' | 'publicKeys'>;
  readonly log: (line: string) => void;
}

export interface HttpApi extends HttpServer {
  readonly providers: readonly ResourceProvider[];
}

/**
 * Serves the template's HTTP API. Beside it, at `POST /oauth2/token` and `GET /.well-known/jwks.json`, its user pools
 * answer, which in AWS have addresses of their own.
 */
export function createHttpApi({ invoke, cognito, log }: HttpApiOptions): HttpApi {
  const builder = createApiBuilder((issuer) => cognito.keysOf(issuer));

  async function answer(request: HttpRequest): Promise<HttpAnswer> {
    const { incoming, path } = request;
    switch (`${incoming.method} ${path}`) {
      case 'POST /oauth2/token':
        return answerToken(request);
      case 'GET /.well-known/jwks.json':
        return json(200, cognito.publicKeys);
      default: {
        const api = builder.current();
        return api === undefined ? message(404, 'Not Found') : answerApi(api, request);
      }
    }
  }

  async function answerToken({ incoming, body }: HttpRequest): Promise<HttpAnswer> {
    const { authorization } = incoming.headers;
    const token = await cognito.answerTokenRequest({ authorization, form: body.toString() });
    return json(token.status, token.body);
  }

  async function answerApi(api: ApiDefinition, request: HttpRequest): Promise<HttpAnswer> {
    const { cors } = api;
    const { origin } = request.incoming.headers;
    if (cors === undefined) {
      return answerRoute(api, request);
    }
    return origin !== undefined && request.incoming.method === 'OPTIONS'
      ? answerPreflight(cors, origin)
      : withCors(cors, origin, await answerRoute(api, request));
  }

  async function answerRoute(api: ApiDefinition, request: HttpRequest): Promise<HttpAnswer> {
    const [stage, routePath] = findStage(api, request.path) ?? [];
    const match = routePath === undefined ? undefined : api.findRoute(request.incoming.method ?? 'GET', routePath);
    if (stage === undefined || match === undefined) {
      return message(404, 'Not Found');
    }
    if (stage.throttle?.() === false) {
      return message(429, 'Too Many Requests');
    }
    const { route } = match;
    const proxied = { ...request, apiId: api.id, stage: stage.name, match };
    const authorizer = api.authorizers.get(route.authorizerId ?? '');
    if (authorizer === undefined) {
      return callFunction(route, toProxyEvent({ ...proxied, jwt: undefined }));
    }
    const authorization = await authorize(authorizer, findIdentity(authorizer, request), route.scopes);
    if (authorization.kind !== 'allowed') {
      const headers = { 'www-authenticate': authorization.challenge };
      return authorization.kind === 'unauthorized'
        ? message(401, 'Unauthorized', headers)
        : message(403, 'Forbidden', headers);
    }
    const { claims, scopes } = authorization;
    return callFunction(route, toProxyEvent({ ...proxied, jwt: { claims, scopes } }));
  }

  async function callFunction(route: Route, event: unknown): Promise<HttpAnswer> {
    const result = await within(route.timeoutMs, invoke(route.functionArn, event));
    if (result === 'timed-out') {
      return message(503, 'Service Unavailable');
    }
    if (result.kind === 'returned') {
      return toHttpAnswer(result.payload);
    }
    log(`HTTP API: ${route.key}: ${result.kind === 'failed' ? result.payload.errorMessage : result.message}`);
    return result.kind === 'refused' && result.reason === 'RequestTooLargeException'
      ? message(413, 'Request Entity Too Large')
      : message(500, 'Internal Server Error');
  }

  return { ...createHttpServer(answer, log), providers: builder.providers };
}

/** A stage that the path begins with, else the default one, which is at the root. */
function findStage({ stages }: ApiDefinition, path: string): [stage: Stage, routePath: string] | undefined {
  const named = stages.find(({ name }) => path === `/${name}` || path.startsWith(`/${name}/`));
  if (named !== undefined) {
    return [named, path.slice(named.name.length + 1) || '/'];
  }
  const root = stages.find(({ name }) => name === DEFAULT_STAGE);
  return root && [root, path];
}

/** The token, where the authorizer says that it is: `$request.header.<name>` or `$request.querystring.<name>`. */
function findIdentity({ identitySource }: JwtAuthorizer, { incoming, query }: HttpRequest): string | undefined {
  const [, place, name = ''] = identitySource.split('.');
  return place === 'querystring' ? (new URLSearchParams(query).get(name) ?? undefined) : headerOf(incoming, name);
}

function headerOf({ headersDistinct }: IncomingMessage, name: string): string | undefined {
  return headersDistinct[name.toLowerCase()]?.[0];
}

/** An invocation that takes longer goes on, but nobody waits for it. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | 'timed-out'> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'timed-out'>((resolve) => {
    timer = setTimeout(() => resolve('timed-out'), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function json(status: number, body: unknown): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
