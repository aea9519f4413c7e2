/** Who may ask the API for what: a token for every way of being wrong, on every kind of route. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type City, visit } from './city.ts';
import { describeTarget, hasSigningKey, openTarget, type Target } from './target.ts';

type Claims = Readonly<Record<string, unknown>>;

const READING = '/v1/twins?limit=1';
const CHANGING = `/v1/rejects/${encodeURIComponent('malformed:0000000000000:none#0')}/redrive`;
let target: Target;
let city: City;
/** Of a good token. */
let claims: Claims;
let header: { readonly kid: string };

beforeAll(async () => {
  target = await openTarget();
  city = await visit(target, `authorization-${randomUUID().slice(0, 8)}`);
  const [head = '', payload = ''] = target.token.split('.');
  header = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string };
  claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
}, 120_000);
afterAll(async () => {
  await city?.close();
  await target?.close();
});

/** Each by the name of what is wrong with it. */
const FORGERIES: readonly [name: string, forge: () => Promise<string> | string | null][] = [
  ['none at all', () => null],
  ['one that is no token', () => 'forged'],
  ['one that is changed after it was signed', () => withPayload({ ...claims, exp: 4_102_444_800 })],
  ['an unsigned one ("alg": "none")', () => unsigned()],
  ['one signed with another key', () => signedByStranger('RS256')],
  ['one signed with an algorithm that is not RSA', () => signedByStranger('ES256')],
];

/** These are signed with the issuer's own key, so only one claim is wrong with each. */
const WRONG_CLAIMS: readonly [name: string, change: () => Claims][] = [
  ['that has expired', () => ({ exp: Math.floor(Date.now() / 1000) - 60 })],
  ['that never expires', () => ({ exp: undefined })],
  ['of another audience', () => ({ client_id: 'somebody-else' })],
  ['of another issuer', () => ({ iss: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Elsewhere' })],
  ['that is not valid yet', () => ({ nbf: Math.floor(Date.now() / 1000) + 3600 })],
];

describeTarget('a token', () => {
  it.each(FORGERIES)('is refused with 401: %s', async (_, forge) => {
    const token = await forge();
    const refused = { status: 401, body: { message: 'Unauthorized' } };
    expect(await city.get(READING, token)).toMatchObject(refused);
    expect(await city.post(CHANGING, '', token)).toMatchObject(refused);
  });

  it.skipIf(!hasSigningKey).each(WRONG_CLAIMS)(
    `is refused with 401: one %s${hasSigningKey ? '' : ' (skipped: nobody has the issuer’s key there)'}`,
    async (_, change) => {
      const token = await target.sign?.({ ...claims, ...change() });
      expect(await city.get(READING, token)).toMatchObject({ status: 401, body: { message: 'Unauthorized' } });
    },
  );

  it('of the issuer, made as those that are refused, is taken where nothing is wrong with it', async () => {
    const token = target.sign ? await target.sign(claims) : target.token;
    expect((await city.get(READING, token)).status).toBe(200);
  });
});

describeTarget('a scope', () => {
  it('is needed: `read` to ask, `operate` to change, and neither stands for the other', async () => {
    const [reader, operator] = [await target.tokenFor(['read']), await target.tokenFor(['operate'])];
    const forbidden = { status: 403, body: { message: 'Forbidden' } };
    expect((await city.get(READING, reader)).status).toBe(200);
    expect(await city.post(CHANGING, '', reader)).toMatchObject(forbidden);
    expect(await city.get(READING, operator)).toMatchObject(forbidden);
    // There is no such reading, which only who may ask is told.
    expect((await city.post(CHANGING, '', operator)).status).toBe(404);
  });
});

describeTarget('a request', () => {
  it.each([
    [64 * 1024, 404],
    [64 * 1024 + 1, 413],
  ])('of %i bytes is answered with %i', async (bytes, status) => {
    const answer = await city.post<{ title: string }>(CHANGING, 'x'.repeat(bytes));
    expect(answer.status).toBe(status);
    if (status === 413) expect(answer.body.title).toBe('Content Too Large');
  });
});

function withPayload(changed: Claims): string {
  const [head, , signature] = target.token.split('.');
  return `${head}.${Buffer.from(JSON.stringify(changed)).toString('base64url')}.${signature}`;
}

function unsigned(): string {
  const [, payload] = target.token.split('.');
  return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
}

function signedByStranger(alg: 'RS256' | 'ES256'): Promise<string> {
  const { privateKey } =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return new SignJWT({ ...claims }).setProtectedHeader({ alg, kid: header.kid }).sign(privateKey);
}
