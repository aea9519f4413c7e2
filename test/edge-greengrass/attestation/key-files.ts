import type { KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openKeyFile } from '../../../edge-greengrass/attestation/key-file-signer.ts';

/** A directory that is gone once `work` is done with it. */
export async function withFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cityweave-signer-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A signer of a key in a file, and the key's public half in DER. */
export async function keyFileSigner({ privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject }) {
  const signer = await withFolder(async (folder) => {
    const file = path.join(folder, 'key.pem');
    await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    return openKeyFile(file);
  });
  return { signer, spki: publicKey.export({ type: 'spki', format: 'der' }) };
}
