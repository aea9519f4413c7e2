import type { IncomingMessage } from 'node:http';
import { LOCAL_ACCOUNT } from '../aws.ts';
import type { HttpRequest } from './http-server.ts';
import type { RouteMatch } from './route-table.ts';

export interface ProxyRequest extends HttpRequest {
  readonly apiId: string;
  readonly stage: string;
  readonly match: RouteMatch;
  readonly jwt:
    | { readonly claims: Readonly<Record<string, string>>; readonly scopes: readonly string[] | null }
    | undefined;
}

/** Bodies of these types reach the function as text, all others in base64. */
const TEXT_TYPE = /^(text\/|application\/(json|javascript|xml|[\w.-]+\+(json|xml))\b)/i;

/**
 * The event of a Lambda proxy integration, payload format 2.0. What is absent is left out.
 * docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function toProxyEvent(proxy: ProxyRequest): Readonly<Record<string, unknown>> {
  const { incoming: request, requestId, receivedAtMs, apiId, stage, path, query, body, match, jwt } = proxy;
  const { cookie, ...headers } = joinHeaders(request);
  const isText = request.headers['content-encoding'] === undefined && TEXT_TYPE.test(headers['content-type'] ?? '');
  const sourceIp = request.socket.remoteAddress ?? '127.0.0.1';
  const domainName = (headers.host ?? 'localhost').replace(/:\d+$/, '');
  return {
    version: '2.0',
    routeKey: match.route.key,
    rawPath: path,
    rawQueryString: query,
    ...(cookie !== undefined && { cookies: cookie.split(/[;,]\s*/) }),
    headers: {
      ...headers,
      'x-forwarded-for': sourceIp,
      'x-forwarded-port': String(request.socket.localPort),
      'x-forwarded-proto': 'http',
    },
    ...(query !== '' && { queryStringParameters: joinQuery(query) }),
    ...(Object.keys(match.pathParameters).length > 0 && { pathParameters: match.pathParameters }),
    requestContext: {
      accountId: LOCAL_ACCOUNT,
      apiId,
      ...(jwt !== undefined && { authorizer: { jwt } }),
      domainName,
      domainPrefix: domainName.split('.')[0],
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey: match.route.key,
      stage,
      time: toCommonLogTime(receivedAtMs),
      timeEpoch: receivedAtMs,
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** Names in lower case, repeated headers joined with commas. */
function joinHeaders({ headersDistinct }: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(headersDistinct).map(([name, values]) => [name, values?.join(',')]));
}

function joinQuery(query: string): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    joined[name] = joined[name] === undefined ? value : `${joined[name]},${value}`;
  }
  return joined;
}

/** `21/Nov/2026:08:00:00 +0000` */
function toCommonLogTime(ms: number): string {
  const [, day, month, year, time] = new Date(ms).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
