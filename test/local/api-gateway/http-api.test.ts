import { createHmac, generateKeyPairSync, sign as rsaSign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpApi, type HttpApi } from '../../../local/api-gateway/http-api.ts';
import { type CityPool, createResource, openCityPool } from '../cognito/city-pool.ts';
import { type LocalLambda, startLocalLambda } from '../lambda/local-lambda.ts';

/** Gives the event back, or does what the header `x-do` says. */
const ECHO = `
  const answers = {
    throw: () => { throw new Error('no'); },
    text: () => 'Hello from Lambda!',
    object: () => ({ hello: 'world' }),
    created: () => ({ statusCode: 201, headers: { 'X-Custom': 'a', 'Content-Type': 'text/csv' }, cookies: ['a=1', 'b=2; Secure'], body: 'x,y' }),
    plain: () => ({ statusCode: 200, body: 'plain' }),
    binary: () => ({ statusCode: 200, isBase64Encoded: true, body: 'AP+A' }),
    empty: () => ({ statusCode: 204 }),
    'bad-status': () => ({ statusCode: 'fine' }),
    'bad-header': () => ({ statusCode: 200, headers: { 'x-bad': 'a\\nb' } }),
    cors: () => ({ statusCode: 200, headers: { 'access-control-allow-origin': 'https://evil.example' } }),
    never: () => new Promise(() => {}),
  };
  export const handler = async (event) => (answers[event.headers['x-do']] ?? (() => event))();`;

let local: LocalLambda;
let pool: CityPool;
let api: HttpApi;
let base: string;
const lines: string[] = [];

beforeAll(async () => {
  local = await startLocalLambda();
  pool = await openCityPool();
  const echo = await local.deploy('echo', { 'index.mjs': ECHO });
  api = createHttpApi({
    invoke: (arn, event) => local.lambda.invoke(arn, event),
    cognito: pool.cognito,
    log: (line) => lines.push(line),
  });
  const create = (type: string, id: string, properties: Record<string, unknown>): Promise<string> =>
    createResource(api.providers, `AWS::ApiGatewayV2::${type}`, id, properties).then(({ ref }) => ref);

  const ApiId = await create('Api', 'Api', {
    Name: 'city',
    ProtocolType: 'HTTP',
    CorsConfiguration: {
      AllowOrigins: ['https://map.example'],
      AllowMethods: ['GET', 'POST'],
      AllowHeaders: ['authorization'],
      ExposeHeaders: ['x-custom'],
      MaxAge: 600,
    },
  });
  await create('Stage', 'Stage', { ApiId, StageName: '$default', AutoDeploy: true });
  await create('Stage', 'Slow', {
    ApiId,
    StageName: 'slow',
    DefaultRouteSettings: { ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 2 },
  });
  const integration = (id: string, properties: Record<string, unknown>): Promise<string> =>
    create('Integration', id, {
      ApiId,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: echo.attributes.Arn,
      PayloadFormatVersion: '2.0',
      ...properties,
    });
  const Target = `integrations/${await integration('Echo', {})}`;
  const ShortTarget = `integrations/${await integration('Short', { TimeoutInMillis: 200 })}`;
  const AuthorizerId = await create('Authorizer', 'Authorizer', {
    ApiId,
    AuthorizerType: 'JWT',
    IdentitySource: ['$request.header.Authorization'],
    JwtConfiguration: { Audience: [pool.clientId], Issuer: pool.issuer },
  });
  const jwt = { AuthorizationType: 'JWT', AuthorizerId };
  await create('Route', 'Open', { ApiId, RouteKey: 'ANY /open/{proxy+}', Target });
  await create('Route', 'Short', { ApiId, RouteKey: 'GET /short', Target: ShortTarget });
  await create('Route', 'Any', { ApiId, RouteKey: 'GET /any-token', Target, ...jwt });
  await create('Route', 'Read', {
    ApiId,
    RouteKey: 'GET /v1/twins/{assetId}',
    Target,
    ...jwt,
    AuthorizationScopes: ['cityweave/read'],
  });
  base = `http://127.0.0.1:${await api.listen(0)}`;
});

afterAll(async () => {
  await api.close();
  await local.close();
  await pool.close();
});

const askTo = (what: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${base}/open/x`, { headers: { 'x-do': what, ...headers } });

describe('the event', () => {
  it('has the documented shape of payload format 2.0', async () => {
    const token = await pool.cognito.issueToken({ scopes: ['read', 'operate'] });
    const beforeMs = Date.now();

    const response = await fetch(`${base}/v1/twins/lot%3A17?a=1&b=x%20y&a=2`, {
      headers: { authorization: `Bearer ${token}`, cookie: 'one=1; two=2', 'user-agent': 'test/1', 'X-Mixed': 'Case' },
    });

    // docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    const event = JSON.parse(await response.text());
    const { port } = new URL(base);
    expect(event).toEqual({
      version: '2.0',
      routeKey: 'GET /v1/twins/{assetId}',
      rawPath: '/v1/twins/lot:17',
      rawQueryString: 'a=1&b=x%20y&a=2',
      cookies: ['one=1', 'two=2'],
      headers: expect.objectContaining({
        host: `127.0.0.1:${port}`,
        'x-mixed': 'Case',
        'user-agent': 'test/1',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': port,
        'x-forwarded-proto': 'http',
      }),
      queryStringParameters: { a: '1,2', b: 'x y' },
      pathParameters: { assetId: 'lot:17' },
      requestContext: {
        accountId: '000000000000',
        apiId: expect.stringMatching(/^[a-z0-9]{10}$/),
        authorizer: {
          jwt: {
            claims: expect.objectContaining({
              client_id: pool.clientId,
              iss: pool.issuer,
              scope: 'cityweave/read cityweave/operate',
              exp: expect.stringMatching(/^\d+$/),
            }),
            scopes: ['cityweave/read'],
          },
        },
        domainName: '127.0.0.1',
        domainPrefix: '127',
        http: {
          method: 'GET',
          path: '/v1/twins/lot:17',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'test/1',
        },
        requestId: response.headers.get('apigw-requestid'),
        routeKey: 'GET /v1/twins/{assetId}',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      isBase64Encoded: false,
    });
    expect(event.headers).not.toHaveProperty('cookie');
    expect(event.requestContext.timeEpoch).toBeGreaterThanOrEqual(beforeMs);
  });

  it.each([
    ['application/json', '{"ü":1}', '{"ü":1}', false],
    ['application/problem+json', '{}', '{}', false],
    ['text/csv; charset=utf-8', 'a;b', 'a;b', false],
    ['application/octet-stream', 'raw', 'cmF3', true],
    ['application/x-www-form-urlencoded', 'a=1', 'YT0x', true],
  ])('holds a body of %s', async (type, sent, body, isBase64Encoded) => {
    const response = await fetch(`${base}/open/x`, { method: 'POST', body: sent, headers: { 'content-type': type } });

    expect(await response.json()).toMatchObject({ body, isBase64Encoded });
  });

  it('leaves out what is not there', async () => {
    const event = JSON.parse(await (await fetch(`${base}/open/x`)).text());

    for (const name of ['body', 'cookies', 'queryStringParameters']) {
      expect(event).not.toHaveProperty(name);
    }
    expect(event.requestContext).not.toHaveProperty('authorizer');
  });
});

describe('the answer', () => {
  it('carries status, headers, cookies and body', async () => {
    const response = await askTo('created');

    expect(response.status).toBe(201);
    expect(response.headers.get('x-custom')).toBe('a');
    expect(response.headers.get('content-type')).toBe('text/csv');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2; Secure']);
    expect(await response.text()).toBe('x,y');
  });

  it.each([
    ['text', 200, 'application/json', 'Hello from Lambda!'],
    ['object', 200, 'application/json', '{"hello":"world"}'],
    ['plain', 200, 'text/plain;charset=UTF-8', 'plain'],
    ['throw', 500, 'application/json', '{"message":"Internal Server Error"}'],
    ['bad-status', 500, 'application/json', '{"message":"Internal Server Error"}'],
    ['bad-header', 500, 'application/json', '{"message":"Internal Server Error"}'],
  ])('for "%s" is %i', async (what, status, type, body) => {
    const response = await askTo(what);

    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      status,
      type,
      body,
    ]);
  });

  it('can be binary, and empty', async () => {
    expect([...new Uint8Array(await (await askTo('binary')).arrayBuffer())]).toEqual([0, 0xff, 0x80]);
    expect((await askTo('empty')).status).toBe(204);
  });

  it('is 503 when the integration takes longer than its timeout', async () => {
    const response = await fetch(`${base}/short`, { headers: { 'x-do': 'never' } });

    expect([response.status, await response.json()]).toEqual([503, { message: 'Service Unavailable' }]);
  });

  it('is 404 where there is no route', async () => {
    const response = await fetch(`${base}/v2/twins`);

    expect([response.status, await response.json()]).toEqual([404, { message: 'Not Found' }]);
  });

  it('is 400 for a path with a broken escape', async () => {
    const status = await new Promise((resolve) =>
      http.get(base, { path: '/open/%zz' }, (response) => resolve(response.resume().statusCode)),
    );

    expect(status).toBe(400);
  });
});

describe('a named stage', () => {
  it('is served below its name, within its own rate', async () => {
    const ask = (): Promise<Response> => fetch(`${base}/slow/open/x`);

    const event = await (await ask()).json();
    const second = await ask();
    const third = await ask();

    expect(event).toMatchObject({
      rawPath: '/slow/open/x',
      routeKey: 'ANY /open/{proxy+}',
      requestContext: { stage: 'slow' },
    });
    expect(second.status).toBe(200);
    expect([third.status, await third.json()]).toEqual([429, { message: 'Too Many Requests' }]);
  });
});

describe('limits', () => {
  const BODY_BYTES_MAX = 10 * 1024 * 1024;
  const post = (bytes: number): Promise<Response> =>
    fetch(`${base}/open/x`, { method: 'POST', body: 'x'.repeat(bytes), headers: { 'content-type': 'text/plain' } });

  it('refuse a body of 10 MB and one byte, and below that what the function cannot take', async () => {
    const tooLarge = await post(BODY_BYTES_MAX + 1);
    const tooLargeForLambda = await post(BODY_BYTES_MAX);

    expect([tooLarge.status, await tooLarge.json()]).toEqual([413, { message: 'Request Entity Too Large' }]);
    // 10 MB passes the gateway; the 6 MB of an invocation are what stops it.
    expect(tooLargeForLambda.status).toBe(413);
    expect(lines.some((line) => line.includes('Request must be smaller than 6291456 bytes'))).toBe(true);
  });

  it('take a body of 5 MB', async () => {
    expect((await post(5 * 1024 * 1024)).status).toBe(200);
  });

  it('refuse headers beyond 10,240 bytes', async () => {
    const statusOf = async (bytes: number): Promise<number> =>
      (await fetch(`${base}/open/x`, { headers: { 'x-large': 'x'.repeat(bytes) } })).status;

    expect(await statusOf(9000)).toBe(200);
    expect(await statusOf(10_240)).toBe(431);
  });
});

describe('authorization', () => {
  const nowSeconds = (): number => Math.floor(Date.now() / 1000);
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

  interface Forgery {
    header?: Record<string, unknown>;
    claims?: Record<string, unknown>;
    sign?: (signed: string, key: Record<string, string>) => string;
  }

  /** A token by hand, right in all that is not changed, signed with the pool's own key. */
  async function forge({ header = {}, claims = {}, sign }: Forgery): Promise<string> {
    const file = path.join(pool.directory, 'cognito', 'signing-key.json');
    const key = JSON.parse(await readFile(file, 'utf8'));
    const body = {
      iss: pool.issuer,
      client_id: pool.clientId,
      scope: 'cityweave/read',
      iat: nowSeconds(),
      exp: nowSeconds() + 60,
      ...claims,
    };
    const signed = `${encode({ alg: 'RS256', kid: key.kid, ...header })}.${encode(body)}`;
    const byPool = (): string => rsaSign('sha256', Buffer.from(signed), { key, format: 'jwk' }).toString('base64url');
    return `${signed}.${sign === undefined ? byPool() : sign(signed, key)}`;
  }

  const ask = (authorization: string | undefined, target = '/v1/twins/a'): Promise<Response> =>
    fetch(base + target, { headers: authorization === undefined ? {} : { authorization } });

  const otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

  it.each<[what: string, claims: (clientId: string) => Record<string, unknown>]>([
    ['as the pool makes it', () => ({})],
    ['with the audience in aud', (aud) => ({ client_id: 'other', aud })],
    ['with several audiences', (id) => ({ aud: ['other', id] })],
    ['with scopes in scp', () => ({ scope: undefined, scp: ['cityweave/read'] })],
    ['that is valid from now', () => ({ nbf: nowSeconds() })],
  ])('grants a token %s, with or without "Bearer"', async (_, claimsFor) => {
    const token = await forge({ claims: claimsFor(pool.clientId) });

    expect((await ask(`Bearer ${token}`)).status).toBe(200);
    expect((await ask(token)).status).toBe(200);
  });

  it.each<[what: string, forgery: Forgery]>([
    ['that has expired', { claims: { exp: nowSeconds() - 1 } }],
    ['without an end', { claims: { exp: undefined } }],
    ['that is not valid yet', { claims: { nbf: nowSeconds() + 60 } }],
    ['from the future', { claims: { iat: nowSeconds() + 60 } }],
    ['for another client', { claims: { client_id: 'other' } }],
    ['for another audience, whatever the client', { claims: { aud: 'other' } }],
    ['without an audience', { claims: { client_id: undefined } }],
    ['of another issuer', { claims: { iss: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other' } }],
    ['without a signature', { sign: () => '' }],
    ['that says it needs none', { header: { alg: 'none' }, sign: () => '' }],
    [
      'signed with another key',
      { sign: (signed) => rsaSign('sha256', Buffer.from(signed), otherKey).toString('base64url') },
    ],
    ['signed with an unknown key', { header: { kid: 'other' } }],
    [
      'signed with the public key as if it were a secret',
      {
        header: { alg: 'HS256' },
        sign: (signed, key) => createHmac('sha256', String(key.n)).update(signed).digest('base64url'),
      },
    ],
  ])('refuses a token %s', async (_, forgery) => {
    const response = await ask(`Bearer ${await forge(forgery)}`);

    expect([response.status, await response.json()]).toEqual([401, { message: 'Unauthorized' }]);
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  it.each([undefined, '', 'Bearer', 'Bearer x', 'Basic dXNlcjpwYXNz', 'Bearer a.b.c'])(
    'refuses "%s"',
    async (header) => {
      const response = await ask(header);

      expect([response.status, await response.json()]).toEqual([401, { message: 'Unauthorized' }]);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    },
  );

  it('refuses a changed token', async () => {
    const [header, , signature] = (await forge({ claims: { scope: 'cityweave/operate' } })).split('.');
    const claims = encode({
      iss: pool.issuer,
      client_id: pool.clientId,
      scope: 'cityweave/read',
      exp: nowSeconds() + 60,
    });

    expect((await ask(`Bearer ${header}.${claims}.${signature}`)).status).toBe(401);
  });

  it.each(['cityweave/operate', 'read', ''])('forbids a token with the scope "%s"', async (scope) => {
    const response = await ask(`Bearer ${await forge({ claims: { scope } })}`);

    expect([response.status, await response.json()]).toEqual([403, { message: 'Forbidden' }]);
    expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
  });

  it('grants any valid token where the route names no scope', async () => {
    const response = await ask(await forge({ claims: { scope: '' } }), '/any-token');
    const event = JSON.parse(await response.text());

    expect(event.requestContext.authorizer.jwt.scopes).toBeNull();
  });
});

describe('the user pool beside the API', () => {
  it('issues tokens that the API takes', async () => {
    const response = await fetch(`${base}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${pool.clientId}:${pool.clientSecret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const { access_token: token } = JSON.parse(await response.text());

    expect((await fetch(`${base}/v1/twins/a`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
  });

  it('shows its public keys and nothing else of them', async () => {
    const response = await fetch(`${base}/.well-known/jwks.json`);
    const { keys } = JSON.parse(await response.text());

    expect(keys).toHaveLength(1);
    expect(keys[0]).not.toHaveProperty('d');
  });
});

describe('CORS', () => {
  // docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
  it('answers a preflight request without a route for it', async () => {
    const response = await fetch(`${base}/v1/twins/a`, {
      method: 'OPTIONS',
      headers: { origin: 'https://map.example', 'access-control-request-method': 'GET' },
    });

    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': 'https://map.example',
      'access-control-allow-methods': 'GET,POST',
      'access-control-allow-headers': 'authorization',
      'access-control-max-age': '600',
    });
  });

  it('adds its headers to answers for allowed origins, and takes away those of the function', async () => {
    const allowed = await askTo('cors', { origin: 'https://map.example' });
    const other = await askTo('cors', { origin: 'https://evil.example' });

    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://map.example');
    expect(allowed.headers.get('access-control-expose-headers')).toBe('x-custom');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });
});
