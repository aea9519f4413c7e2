import { isRecord } from '../is-record.ts';
import type { HttpAnswer } from './http-server.ts';

export interface CorsSettings {
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  readonly maxAgeSeconds: number | undefined;
}

/** `CorsConfiguration` of an `AWS::ApiGatewayV2::Api`; undefined without one. */
export function readCors(configuration: unknown): CorsSettings | undefined {
  if (!isRecord(configuration)) {
    return undefined;
  }
  const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
  return {
    allowOrigins: list(configuration.AllowOrigins),
    allowMethods: list(configuration.AllowMethods),
    allowHeaders: list(configuration.AllowHeaders),
    exposeHeaders: list(configuration.ExposeHeaders),
    allowCredentials: configuration.AllowCredentials === true,
    maxAgeSeconds: configuration.MaxAge === undefined ? undefined : Number(configuration.MaxAge),
  };
}

/**
 * The answer to a preflight request, which an HTTP API gives itself whether or not it has such a route.
 * docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function answerPreflight(cors: CorsSettings, origin: string | undefined): HttpAnswer {
  const shared = originHeaders(cors, origin);
  if (shared === undefined) {
    return { status: 204, headers: {}, body: '' };
  }
  const optional: [name: string, value: string | undefined][] = [
    ['access-control-allow-methods', cors.allowMethods.join(',')],
    ['access-control-allow-headers', cors.allowHeaders.join(',')],
    ['access-control-max-age', cors.maxAgeSeconds?.toString()],
  ];
  const headers = optional.flatMap(([name, value]) => (value ? [[name, value]] : []));
  return { status: 204, headers: { ...shared, ...Object.fromEntries(headers) }, body: '' };
}

/** With CORS configured, what the function says about it is replaced. */
export function withCors(cors: CorsSettings, origin: string | undefined, answer: HttpAnswer): HttpAnswer {
  const own = Object.entries(answer.headers).filter(([name]) => !name.startsWith('access-control-'));
  const exposed = cors.exposeHeaders.length > 0 && { 'access-control-expose-headers': cors.exposeHeaders.join(',') };
  const shared = originHeaders(cors, origin);
  return { ...answer, headers: { ...Object.fromEntries(own), ...(shared && { ...shared, ...exposed }) } };
}

function originHeaders(cors: CorsSettings, origin: string | undefined): Record<string, string> | undefined {
  const allowed = origin === undefined ? undefined : cors.allowOrigins.find((pattern) => allows(pattern, origin));
  if (allowed === undefined || origin === undefined) {
    return undefined;
  }
  return {
    'access-control-allow-origin': allowed === '*' ? '*' : origin,
    ...(cors.allowCredentials && { 'access-control-allow-credentials': 'true' }),
    ...(allowed !== '*' && { vary: 'origin' }),
  };
}

/** An origin, `*`, or `https://*` and its like. */
function allows(pattern: string, origin: string): boolean {
  return pattern.endsWith('*') ? origin.startsWith(pattern.slice(0, -1)) : pattern === origin;
}
