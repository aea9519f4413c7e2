import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSigner } from '../../../edge-greengrass/attestation/open-signer.ts';
import { openPkcs11 } from '../../../edge-greengrass/attestation/pkcs11-signer.ts';
import { parsePkcs11Uri } from '../../../edge-greengrass/attestation/pkcs11-uri.ts';
import type { Signer } from '../../../edge-greengrass/ports.ts';
import { withFolder } from './key-files.ts';

const MESSAGE = Buffer.from('where the bus is');
const pair = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

async function expectSignatures(signer: Signer, publicKey: KeyObject): Promise<void> {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  expect(signer.keyId).toBe(createHash('sha256').update(spki).digest('hex').slice(0, 32));
  const signatures = await Promise.all(Array.from({ length: 20 }, () => signer.sign(MESSAGE)));
  for (const signature of signatures) {
    expect(signature).toHaveLength(64);
    expect(verify('sha256', MESSAGE, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
  }
}

describe('a key file', () => {
  it('signs, with a loud warning', async () => {
    const { privateKey, publicKey } = pair();
    await withFolder(async (folder) => {
      const keyPath = path.join(folder, 'key.pem');
      await writeFile(keyPath, privateKey.export({ type: 'pkcs8', format: 'pem' }));
      const warnings: string[] = [];
      const signer = await openSigner({ attester: 'key-file', keyPath }, (line) => warnings.push(line));
      await expectSignatures(signer, publicKey);
      expect(warnings).toEqual([expect.stringContaining('FOR DEVELOPMENT ONLY')]);
    });
  });

  it.each([
    ['a missing file', undefined, 'ENOENT'],
    ['no key', 'hello', 'does not work'],
    [
      'a key on another curve',
      generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
      'holds a key of secp384r1, expected one on P-256',
    ],
    [
      'a key of another kind',
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
      'holds a key of ed25519',
    ],
  ])('is refused: %s', async (_what, text, message) => {
    await withFolder(async (folder) => {
      const keyPath = path.join(folder, 'key.pem');
      if (text !== undefined) await writeFile(keyPath, text);
      await expect(openSigner({ attester: 'key-file', keyPath }, () => {})).rejects.toThrow(message);
    });
  });
});

/** Of Debian's `softhsm2`. */
const SOFTHSM = '/usr/lib/softhsm/libsofthsm2.so';
/** Where a copy of the binding with its native part is, if the one that is installed has none. */
const load = () =>
  import(process.env['CITYWEAVE_GRAPHENE'] ?? 'graphene-pk11') as Promise<typeof import('graphene-pk11')>;
const lack = existsSync(SOFTHSM) ? await lackOfBinding() : 'softhsm2 is not installed';

async function lackOfBinding(): Promise<string | undefined> {
  try {
    await load();
    return undefined;
  } catch {
    return 'the native part of graphene-pk11 is not built';
  }
}

describe.skipIf(lack !== undefined)(`a token${lack === undefined ? '' : ` (skipped: ${lack})`}`, () => {
  it('signs with a key that it holds, one signature after the other', async () => {
    const { privateKey, publicKey } = pair();
    await withToken(privateKey, async (uri) => {
      const signer = await openPkcs11(parsePkcs11Uri(uri), load);
      await expectSignatures(signer, publicKey);
      await signer.close();
    });
  });

  it.each([
    ['another token', (uri: string) => uri.replace('token=cabinet', 'token=other'), 'no token other among cabinet'],
    ['another key', (uri: string) => uri.replace('object=gps', 'object=sps'), 'got 0 private and 0 public keys of sps'],
    ['another PIN', (uri: string) => uri.replace('5678', '8765'), 'CKR_PIN_INCORRECT'],
    ['another module', (uri: string) => uri.replace('libsofthsm2.so', 'libhardhsm.so'), 'libhardhsm.so'],
  ])('is refused: %s', async (_what, change, message) => {
    await withToken(pair().privateKey, async (uri) => {
      await expect(openPkcs11(parsePkcs11Uri(change(uri)), load)).rejects.toThrow(message);
    });
  });
});

/** A fresh SoftHSM token `cabinet` with one key `gps`. */
async function withToken(privateKey: KeyObject, work: (uri: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const [tokens, conf, keyFile] = ['tokens', 'softhsm2.conf', 'key.pem'].map((name) => path.join(folder, name));
    if (!tokens || !conf || !keyFile) throw new Error('no paths');
    await mkdir(tokens);
    await writeFile(conf, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
    await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    process.env['SOFTHSM2_CONF'] = conf;
    const util = (...args: string[]) => execFileSync('softhsm2-util', args, { stdio: 'pipe' });
    util('--init-token', '--free', '--label', 'cabinet', '--so-pin', '1234', '--pin', '5678');
    util('--import', keyFile, '--token', 'cabinet', '--label', 'gps', '--id', '01', '--pin', '5678');
    await work(`pkcs11:token=cabinet;object=gps?module-path=${SOFTHSM}&pin-value=5678`);
  });
}
