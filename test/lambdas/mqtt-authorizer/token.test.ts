import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  exportJWK,
  generateKeyPair,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { answerFor, readToken } from '../../../lambdas/mqtt-authorizer/authorize.ts';
import { verifyToken } from '../../../lambdas/mqtt-authorizer/token.ts';
import { readPolicy } from '../../../local/iot/policy/document.ts';
import { isAllowed } from '../../../local/iot/policy/evaluate.ts';

const rule = { issuer: 'https://pool.example', clientId: 'machine', scope: 'cityweave/read' };
const HOUR_S = 3600;
const claims = {
  sub: 'some-one',
  scope: 'cityweave/operate cityweave/read',
  client_id: 'machine',
  token_use: 'access',
};

const { sub: _subject, ...withoutSubject } = claims;

const pair = await generateKeyPair('RS256');
const stranger = await generateKeyPair('RS256');
let keys: ReturnType<typeof createLocalJWKSet>;
beforeAll(async () => {
  keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k', alg: 'RS256' }] });
});

function sign(payload: JWTPayload, key = pair.privateKey, issuer = rule.issuer): Promise<string> {
  const expiresAtS = Math.floor(Date.now() / 1000) + HOUR_S;
  return new SignJWT({ exp: expiresAtS, ...payload })
    .setProtectedHeader({ alg: 'RS256', kid: 'k' })
    .setIssuer(issuer)
    .sign(key);
}

describe('a token', () => {
  it('with everything is valid', async () => {
    expect(await verifyToken(await sign(claims), keys, rule)).toMatchObject({ valid: true, subject: 'some-one' });
  });

  it.each<[string, () => Promise<string>]>([
    ['that has expired', () => sign({ ...claims, exp: Math.floor(Date.now() / 1000) - 1 })],
    ['signed by another key', () => sign(claims, stranger.privateKey)],
    ['of another pool', () => sign(claims, pair.privateKey, 'https://other.example')],
    ['of another client', () => sign({ ...claims, client_id: 'other' })],
    ['for another audience', () => sign({ ...claims, aud: 'https://other.example' })],
    ['without the scope', () => sign({ ...claims, scope: 'cityweave/operate' })],
    ['whose scope only begins so', () => sign({ ...claims, scope: 'cityweave/read-all' })],
    ['that is an id token', () => sign({ ...claims, token_use: 'id' })],
    ['without a subject', () => sign(withoutSubject)],
    [
      'that is not signed',
      async () => new UnsecuredJWT(claims).setIssuer(rule.issuer).setExpirationTime('1h').encode(),
    ],
    [
      'signed with the public key as a shared secret',
      async () =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: 'HS256', kid: 'k' })
          .setIssuer(rule.issuer)
          .setExpirationTime('1h')
          .sign(new TextEncoder().encode(JSON.stringify(await exportJWK(pair.publicKey)))),
    ],
    ['that is none', async () => 'nonsense'],
    ['that is empty', async () => ''],
  ])('%s is refused', async (_what, make) => {
    expect(await verifyToken(await make(), keys, rule)).toMatchObject({ valid: false });
  });

  it('is not judged where the keys cannot be had', async () => {
    const down = () => Promise.reject(new TypeError('fetch failed'));
    await expect(verifyToken(await sign(claims), down, rule)).rejects.toThrow('the keys of https://pool.example');
  });

  it.each([
    [503, ''],
    [200, 'no JSON'],
    [200, '{}'],
  ])('is not judged by an answer %i "%s" in the place of the keys', async (status, body) => {
    const answer = async () => new Response(body, { status });
    const remote = createRemoteJWKSet(new URL(rule.issuer), { [customFetch]: answer });
    await expect(verifyToken(await sign(claims), remote, rule)).rejects.toThrow('the keys of https://pool.example');
  });
});

describe('the answer', () => {
  const NOW_MS = 1_700_000_000_500;
  const verdictWith = (remainingS: number) =>
    ({ valid: true, subject: 'ab-1', expiresAtS: 1_700_000_000 + remainingS }) as const;
  const ARN = 'arn:aws:iot:eu-west-1:123456789012';

  it('lasts no longer than the token, in whole seconds, and never longer than a day', () => {
    expect(answerFor(verdictWith(3600), ARN, NOW_MS)).toMatchObject({
      isAuthenticated: true,
      principalId: 'ab1',
      disconnectAfterInSeconds: 3599,
      refreshAfterInSeconds: 3599,
    });
    expect(answerFor(verdictWith(100_000), ARN, NOW_MS)).toMatchObject({ disconnectAfterInSeconds: 86_400 });
  });

  it('needs the 300 seconds that the shortest connection lasts', () => {
    expect(answerFor(verdictWith(301), ARN, NOW_MS)).toMatchObject({ disconnectAfterInSeconds: 300 });
    expect(answerFor(verdictWith(300), ARN, NOW_MS)).toEqual({ isAuthenticated: false });
  });

  it('to an invalid token is no', () => {
    expect(answerFor({ valid: false, reason: 'x' }, ARN, NOW_MS)).toEqual({ isAuthenticated: false });
  });

  it.each([
    ['Connect', 'client/viewer-1', true],
    ['Connect', 'client/gate-counter-north', false],
    ['Subscribe', 'topicfilter/twin/#', true],
    ['Subscribe', 'topicfilter/twin/centre/+/delta', true],
    ['Subscribe', 'topicfilter/reviews/+', true],
    ['Receive', 'topic/reviews/centre', true],
    ['Publish', 'topic/reviews/centre', false],
    ['Subscribe', 'topicfilter/#', false],
    ['Subscribe', 'topicfilter/twinned', false],
    ['Subscribe', 'topicfilter/dt/#', false],
    ['Receive', 'topic/twin/centre/none/delta', true],
    ['Receive', 'topic/cmd/centre/gateway/g/ack', false],
    ['Publish', 'topic/twin/centre/none/delta', false],
    ['RetainPublish', 'topic/twin/x', false],
  ])('lets it %s %s: %s', (action, resource, expected) => {
    const policies = (answerFor(verdictWith(3600), ARN, NOW_MS).policyDocuments ?? []).map(readPolicy);
    const request = { action: `iot:${action}`, resource: `${ARN}:${resource}`, variables: new Map() };
    expect(isAllowed(policies, request)).toBe(expected);
  });
});

it.each([
  [{ token: 'a' }, 'a'],
  [{ protocolData: { http: { queryString: '?x-amz-customauthorizer-name=n&token=b' } } }, 'b'],
  [{ protocolData: { http: { headers: { token: 'c' } } } }, 'c'],
  [{ protocolData: { http: { queryString: '' } } }, undefined],
  [{}, undefined],
])('the token of %j is %s', (event, token) => {
  expect(readToken(event)).toBe(token);
});
