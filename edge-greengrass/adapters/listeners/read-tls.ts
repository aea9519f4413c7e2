import { readFile } from 'node:fs/promises';
import type { ListenerTls } from '../../config/gateway-config.ts';

export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Of the authority without whose certificate nobody is let in. */
  readonly ca?: Buffer;
}

/** Rejects where a file cannot be read, with its path. */
export async function readTls({ certificatePath, keyPath, clientCaPath }: ListenerTls): Promise<TlsMaterial> {
  const [cert, key, ca] = await Promise.all([
    readFile(certificatePath),
    readFile(keyPath),
    clientCaPath === undefined ? undefined : readFile(clientCaPath),
  ]);
  return { cert, key, ...(ca && { ca }) };
}
