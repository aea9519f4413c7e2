import { describe, expect, it } from 'vitest';
import { createRouteTable, type Route } from '../../../local/api-gateway/route-table.ts';

const routesOf = (...keys: string[]): Route[] =>
  keys.map((key) => ({ key, functionArn: 'arn', timeoutMs: 30_000, authorizerId: undefined, scopes: [] }));

describe('the route of a request', () => {
  // "Routing API requests" of
  // docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
  const documented = createRouteTable(
    routesOf('$default', 'ANY /{proxy+}', 'GET /pets/{proxy+}', 'GET /pets/dog/{id}', 'GET /pets/dog/1'),
  );

  it.each([
    ['GET', '/pets/dog/1', 'GET /pets/dog/1', {}],
    ['GET', '/pets/dog/2', 'GET /pets/dog/{id}', { id: '2' }],
    ['GET', '/pets/cat/1', 'GET /pets/{proxy+}', { proxy: 'cat/1' }],
    ['POST', '/test/5', 'ANY /{proxy+}', { proxy: 'test/5' }],
    ['GET', '/', '$default', {}],
  ])('%s %s is %s', (method, path, key, pathParameters) => {
    expect(documented(method, path)).toMatchObject({ route: { key }, pathParameters });
  });

  it.each([
    ['the method before ANY', ['ANY /twins', 'GET /twins'], 'GET', '/twins', 'GET /twins'],
    ['ANY for the other methods', ['ANY /twins', 'GET /twins'], 'PUT', '/twins', 'ANY /twins'],
    [
      'the longer of two greedy ones',
      ['GET /v1/{rest+}', 'GET /v1/twins/{rest+}'],
      'GET',
      '/v1/twins/a',
      'GET /v1/twins/{rest+}',
    ],
    ['the earlier literal', ['GET /{a}/x', 'GET /x/{b}'], 'GET', '/x/x', 'GET /x/{b}'],
    ['the default, for another method', ['GET /twins', '$default'], 'POST', '/twins', '$default'],
    ['the root', ['GET /'], 'GET', '/', 'GET /'],
  ])('is %s', (_, keys, method, path, expected) => {
    expect(createRouteTable(routesOf(...keys))(method, path)?.route.key).toBe(expected);
  });

  it.each([
    ['another method', 'GET /twins', 'POST', '/twins'],
    ['a longer path', 'GET /twins', 'GET', '/twins/a'],
    ['a shorter path', 'GET /twins/{id}', 'GET', '/twins'],
    ['an empty variable', 'GET /twins/{id}', 'GET', '/twins/'],
    ['nothing below a greedy variable', 'GET /twins/{rest+}', 'GET', '/twins'],
    ['other case', 'GET /twins', 'GET', '/Twins'],
  ])('is none for %s', (_, key, method, path) => {
    expect(createRouteTable(routesOf(key))(method, path)).toBeUndefined();
  });

  it.each(['/twins', 'GET twins', 'GET /{rest+}/more'])('cannot be "%s"', (key) => {
    expect(() => createRouteTable(routesOf(key))).toThrow(key);
  });
});
