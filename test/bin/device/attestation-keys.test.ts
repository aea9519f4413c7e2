import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listKeys, readPublicKey, registerKey, revokeKey } from '../../../bin/device/attestation-keys.ts';
import { dynamodbAttestationKeys } from '../../../lambdas/shared/attestation/dynamodb-attestation-keys.ts';
import { signingGateway } from '../../lambdas/shared/attestation/signing-gateway.ts';
import { KEYS_TABLE, startTables, type Tables } from '../../lambdas/shared/tables.ts';

const TABLE = 'cityweave-keys';
const { name: device, keyId, key } = signingGateway();
const { publicKey } = key;
const registration = { publicKey, notBeforeMs: 5 };

let tables: Tables;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cityweave-keys-'));
  tables = await startTables();
  await tables.create({ TableName: TABLE, ...KEYS_TABLE });
});
afterAll(async () => {
  await tables.close();
  await rm(folder, { recursive: true });
});

describe('a gateway’s key', () => {
  it('is found by the cloud once it is registered, and revoked for good', async () => {
    const keys = dynamodbAttestationKeys(tables.client, TABLE);
    const found = async () => (await keys.find([{ device, keyId }]))[0];
    expect(await found()).toBeUndefined();
    expect(await registerKey(tables.client, device, registration)).toBe(keyId);
    expect(await registerKey(tables.client, device, registration)).toBe(keyId);
    expect(await found()).toEqual({ publicKey: new Uint8Array(publicKey), status: 'active', notBeforeMs: 5 });
    await revokeKey(tables.client, { device, keyId });
    await revokeKey(tables.client, { device, keyId });
    expect(await found()).toMatchObject({ status: 'revoked' });
    await expect(registerKey(tables.client, device, registration)).rejects.toThrow('was revoked, and stays so');
    expect(await listKeys(tables.client, device)).toEqual([
      {
        keyId,
        status: 'revoked',
        notBefore: '1970-01-01T00:00:00.005Z',
        registeredAt: expect.stringMatching(/Z$/),
        revokedAt: expect.stringMatching(/Z$/),
      },
    ]);
  });

  it('cannot be revoked where there is none', async () => {
    await expect(revokeKey(tables.client, { device, keyId: 'f00' })).rejects.toThrow('gw-7 has no key f00');
    await expect(revokeKey(tables.client, { device: 'gw-8', keyId })).rejects.toThrow('gw-8 has no key');
  });
});

describe('a file with a key', () => {
  const pemOf = (curve: string) =>
    generateKeyPairSync('ec', { namedCurve: curve }).publicKey.export({ type: 'spki', format: 'pem' });
  const written = async (text: string | Buffer): Promise<string> => {
    const file = path.join(folder, 'key.pem');
    await writeFile(file, text);
    return file;
  };

  it('holds one on P-256', async () => {
    expect(readPublicKey(await written(pemOf('prime256v1')))).toHaveLength(91);
  });

  it.each([
    ['on another curve', pemOf('secp521r1'), 'holds another key, expected one on P-256'],
    ['no key', 'hello', 'holds no key in PEM'],
  ])('is refused: %s', async (_what, text, message) => {
    const file = await written(text);
    expect(() => readPublicKey(file)).toThrow(message);
  });
});
