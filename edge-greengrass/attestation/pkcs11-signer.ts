import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Module, PrivateKey, Session } from 'graphene-pk11';
import { keyIdOf } from '../../core/attestation/key-id.ts';
import type { Signer } from '../ports.ts';
import type { Pkcs11Key } from './pkcs11-uri.ts';

type Graphene = typeof import('graphene-pk11');

/** SubjectPublicKeyInfo of a point on P-256, up to the point (RFC 5480, section 2). */
const SPKI_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
/** 4, then both coordinates: SEC 1, section 2.3.3. */
const POINT_BYTES = 65;
const P256_PARAMETERS = '06082a8648ce3d030107';

/**
 * Signs in a token: a TPM, a secure element or an HSM, whatever has a PKCS #11 module. Throws, with the cause, where the
 * binding is not installed, the module does not load, or it has no such key.
 *
 * @param load where the binding comes from: its native part is optional, because few gateways have a token
 */
export async function openPkcs11(
  key: Pkcs11Key,
  load: () => Promise<Graphene> = () => import('graphene-pk11'),
): Promise<Signer> {
  const graphene = await load();
  const module = graphene.Module.load(key.modulePath);
  module.initialize();
  try {
    const pin = key.pin ?? (key.pinSource && (await readFile(key.pinSource, 'utf8')).trimEnd());
    const session = openSession(module, key, graphene);
    if (pin) session.login(pin);
    const { privateKey, spki } = findKeys(session, key, graphene);
    return { keyId: keyIdOf(spki), ...oneAtATime(session, privateKey, module) };
  } catch (error) {
    // Else the next try would meet the session of this one.
    module.finalize();
    throw error;
  }
}

function openSession(module: Module, { token, modulePath }: Pkcs11Key, { SessionFlag }: Graphene): Session {
  const slots = module.getSlots(true);
  const labels: string[] = [];
  for (let index = 0; index < slots.length; index += 1) {
    const slot = slots.items(index);
    const label = slot.getToken().label.trim();
    // Modules offer an empty slot, to make a token in.
    if (label === (token ?? label) && label !== '') return slot.open(SessionFlag.SERIAL_SESSION);
    labels.push(label);
  }
  throw new Error(`${modulePath}: no token ${token ?? ''} among ${labels.filter(Boolean).join(', ') || 'none'}`);
}

function findKeys(
  session: Session,
  { object, id, modulePath }: Pkcs11Key,
  { ObjectClass, KeyType }: Graphene,
): { readonly privateKey: PrivateKey; readonly spki: Uint8Array } {
  const wanted = { keyType: KeyType.EC, ...(object && { label: object }), ...(id && { id: Buffer.from(id) }) };
  const privateKeys = session.find({ class: ObjectClass.PRIVATE_KEY, ...wanted });
  const publicKeys = session.find({ class: ObjectClass.PUBLIC_KEY, ...wanted });
  if (privateKeys.length !== 1 || publicKeys.length !== 1) {
    const named = object ?? 'any name';
    throw new Error(
      `${modulePath}: got ${privateKeys.length} private and ${publicKeys.length} public keys of ${named}, expected one of each`,
    );
  }
  const { pointEC, paramsECDSA } = publicKeys.items(0).getAttribute({ pointEC: null, paramsECDSA: null });
  if (!pointEC || paramsECDSA?.toString('hex') !== P256_PARAMETERS) {
    throw new Error(`${modulePath}: the key is not on P-256`);
  }
  // CKA_EC_POINT is a DER octet string; some modules give the point as it is.
  const spki = Buffer.concat([SPKI_PREFIX, pointEC.subarray(-POINT_BYTES)]);
  return { privateKey: privateKeys.items(0).toType<PrivateKey>(), spki };
}

/** A session has one operation at a time. A TPM takes its while, so it is waited for in a thread. */
function oneAtATime(session: Session, privateKey: PrivateKey, module: Module): Omit<Signer, 'keyId'> {
  let last: Promise<unknown> = Promise.resolve();
  return {
    sign(message) {
      const digest = createHash('sha256').update(message).digest();
      const signed = last.then(
        () =>
          new Promise<Uint8Array>((resolve, reject) => {
            session.createSign('ECDSA', privateKey).once(digest, (error, signature) => {
              if (error) reject(error);
              else resolve(signature);
            });
          }),
      );
      last = signed.catch(() => {});
      return signed;
    },
    async close() {
      await last;
      session.close();
      module.finalize();
    },
  };
}
