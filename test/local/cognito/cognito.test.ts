import { createPublicKey, verify } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCognito } from '../../../local/cognito/cognito.ts';
import { type CityPool, createResource, openCityPool } from './city-pool.ts';

let pool: CityPool;

beforeAll(async () => {
  pool = await openCityPool();
});

afterAll(() => pool.close());

function decode(part: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
}

describe('an access token', () => {
  it('has the claims of Cognito for client credentials', async () => {
    const beforeSeconds = Math.floor(Date.now() / 1000);

    const [header, payload] = (await pool.cognito.issueToken({ scopes: ['read', 'operate'] })).split('.');

    // docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
    expect(decode(header)).toEqual({ alg: 'RS256', kid: expect.any(String) });
    const claims = decode(payload);
    expect(claims).toEqual({
      iss: `https://cognito-idp.us-east-1.amazonaws.com/${pool.poolId}`,
      sub: pool.clientId,
      client_id: pool.clientId,
      token_use: 'access',
      scope: 'cityweave/read cityweave/operate',
      version: 2,
      auth_time: claims.iat,
      iat: expect.any(Number),
      exp: Number(claims.iat) + 3600,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(claims.iat).toBeGreaterThanOrEqual(beforeSeconds);
  });

  it('is signed with the public key in the key set, by RSA and SHA-256', async () => {
    const [header, payload, signature] = (await pool.cognito.issueToken({ scopes: ['read'] })).split('.');
    const [jwk] = pool.cognito.publicKeys.keys;

    expect(jwk).toMatchObject({ kty: 'RSA', alg: 'RS256', use: 'sig', kid: decode(header).kid });
    expect(Object.keys(jwk ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    const key = createPublicKey({ format: 'jwk', key: { ...jwk } });
    const signed = Buffer.from(`${header}.${payload}`);
    expect(verify('sha256', signed, key, Buffer.from(signature ?? '', 'base64url'))).toBe(true);
  });

  it('is not issued for a scope that no client may have', async () => {
    await expect(pool.cognito.issueToken({ scopes: ['read', 'administer'] })).rejects.toThrow('administer');
  });
});

describe('across a restart', () => {
  it('pool, client, secret and key stay the same', async () => {
    const again = await openCityPool(pool.directory);

    expect([again.poolId, again.clientId, again.clientSecret]).toEqual([pool.poolId, pool.clientId, pool.clientSecret]);
    expect(again.cognito.publicKeys).toEqual(pool.cognito.publicKeys);
    again.cognito.close();
  });

  it('a broken key is named, with what to do', async () => {
    const broken = await openCityPool();
    await writeFile(path.join(broken.directory, 'cognito', 'signing-key.json'), '{');

    await expect(openCognito({ dataDirectory: broken.directory })).rejects.toThrow(/signing-key\.json.*remove it/);
    await broken.close();
  });
});

describe('the development token', () => {
  it('is in a file that only its owner can read, as is the key', async () => {
    const token = await pool.cognito.keepDevelopmentToken(['read', 'operate']);

    const file = path.join(pool.directory, 'token');
    expect((await readFile(file, 'utf8')).trim()).toBe(token);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(path.join(pool.directory, 'cognito', 'signing-key.json'))).mode & 0o777).toBe(0o600);
  });
});

describe('the token endpoint', () => {
  const basic = (id: string, secret: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

  it('gives all scopes of the client when none is asked for', async () => {
    const answered = await pool.cognito.answerTokenRequest({
      authorization: basic(pool.clientId, pool.clientSecret),
      form: 'grant_type=client_credentials',
    });

    // docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
    expect(answered).toEqual({
      status: 200,
      body: { access_token: expect.any(String), expires_in: 3600, token_type: 'Bearer' },
    });
    const claims = decode(String(answered.body.access_token).split('.')[1]);
    expect(claims.scope).toBe('cityweave/read cityweave/operate');
  });

  it('takes the secret in the form, and gives only the scopes asked for', async () => {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: pool.clientId,
      client_secret: pool.clientSecret,
      scope: 'cityweave/read',
    });

    const answered = await pool.cognito.answerTokenRequest({ authorization: undefined, form: form.toString() });

    expect(decode(String(answered.body.access_token).split('.')[1]).scope).toBe('cityweave/read');
  });

  const refused: [error: string, form: string, secret: string | undefined][] = [
    ['invalid_request', 'scope=cityweave/read', undefined],
    ['unsupported_grant_type', 'grant_type=password', undefined],
    ['invalid_client', 'grant_type=client_credentials', 'wrong'],
    ['invalid_client', 'grant_type=client_credentials', ''],
    ['invalid_scope', 'grant_type=client_credentials&scope=cityweave/administer', undefined],
  ];

  it.each(refused)('refuses with %s: %s', async (error, form, secret) => {
    const authorization = basic(pool.clientId, secret ?? pool.clientSecret);

    expect(await pool.cognito.answerTokenRequest({ authorization, form })).toEqual({ status: 400, body: { error } });
  });

  it('refuses a client without a secret', async () => {
    const client = await createResource(pool.cognito.providers, 'AWS::Cognito::UserPoolClient', 'Public', {
      UserPoolId: pool.poolId,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: ['cityweave/read'],
    });

    const request = { authorization: basic(client.ref, ''), form: 'grant_type=client_credentials' };
    expect(await pool.cognito.answerTokenRequest(request)).toEqual({ status: 400, body: { error: 'invalid_client' } });
  });
});

describe('a template that asks for what is not done', () => {
  it.each([
    ['LambdaConfig', 'AWS::Cognito::UserPool', { LambdaConfig: { PreTokenGeneration: 'arn' } }],
    ['UserPoolId', 'AWS::Cognito::UserPoolClient', { UserPoolId: 'absent' }],
    ['AllowedOAuthScopes', 'AWS::Cognito::UserPoolClient', { AllowedOAuthScopes: ['other/read'] }],
    ['AccessTokenValidity', 'AWS::Cognito::UserPoolClient', { AccessTokenValidity: 25 }],
    [
      'AccessTokenValidity',
      'AWS::Cognito::UserPoolClient',
      { AccessTokenValidity: 4, TokenValidityUnits: { AccessToken: 'minutes' } },
    ],
  ])('is refused by the name of %s', async (property, type, properties) => {
    const all = { UserPoolId: pool.poolId, ...properties };

    await expect(createResource(pool.cognito.providers, type, 'Refused', all)).rejects.toThrow(property);
  });
});
