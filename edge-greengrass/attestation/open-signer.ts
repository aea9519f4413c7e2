import { basename, dirname, extname } from 'node:path';
import type { AttestationConfig } from '../config/gateway-config.ts';
import type { Signer } from '../ports.ts';
import { openKeyFile } from './key-file-signer.ts';
import { openPkcs11 } from './pkcs11-signer.ts';
import { isPkcs11Uri, parsePkcs11Uri, type Pkcs11Key } from './pkcs11-uri.ts';

/** Where Debian's `libtpm2-pkcs11-1` has its module. */
const TPM_MODULES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: '/usr/lib/x86_64-linux-gnu/pkcs11/libtpm2_pkcs11.so',
  arm64: '/usr/lib/aarch64-linux-gnu/pkcs11/libtpm2_pkcs11.so',
};

/** Holds the PIN of a token, where the configuration names no place for it. */
const PIN_VARIABLE = 'CITYWEAVE_PKCS11_PIN';

/**
 * The signer that a configuration asks for:
 *
 * - `pkcs11`: `keyPath` is a PKCS #11 URI (RFC 7512) with a `module-path`;
 * - `hardware_via_i2c`: a TPM by `tpm2-pkcs11`. `keyPath` is such a URI, or a path: then the store of the library is its
 *   folder, and the key's label the file's name without its ending;
 * - `key-file`: `keyPath` is a PEM file, for development only.
 *
 * Throws, with the cause, where there is no such signer: whether readings then go out unsigned is for the caller to say.
 */
export async function openSigner(
  { attester, keyPath }: Pick<AttestationConfig, 'attester' | 'keyPath'>,
  warn: (line: string) => void,
): Promise<Signer> {
  try {
    if (attester === 'key-file') {
      warn(`attestation: the key lies in the file ${keyPath}. FOR DEVELOPMENT ONLY: use a TPM or another token`);
      return await openKeyFile(keyPath);
    }
    const key = attester === 'pkcs11' ? parsePkcs11Uri(keyPath) : tpmKey(keyPath);
    const pin = process.env[PIN_VARIABLE];
    return await openPkcs11(pin === undefined ? key : { pin, ...key });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`attestation by ${attester} with ${keyPath} does not work: ${why}`, { cause });
  }
}

function tpmKey(keyPath: string): Pkcs11Key {
  const modulePath = TPM_MODULES[process.arch];
  if (isPkcs11Uri(keyPath)) return parsePkcs11Uri(keyPath, modulePath);
  if (modulePath === undefined)
    throw new Error(`no TPM module is known for ${process.arch}; name one in a PKCS #11 URI`);
  // The library looks nowhere else for its store (tpm2-pkcs11, "Initialization").
  process.env['TPM2_PKCS11_STORE'] = dirname(keyPath);
  return { modulePath, object: basename(keyPath, extname(keyPath)) };
}
