import type { AttestationKey } from '../ports.ts';
import { refuse, type Refusal } from '../reason.ts';
import { show } from '../schema/show.ts';
import type { FrameAttestation, FrameReading } from '../sync/frame.ts';
import { counterTie, observedAtMsOf, TIES_PER_MS } from '../twin/stamp.ts';
import { HASH_BYTES, SIGNATURE_BYTES, statementHash, statementOf } from './statement.ts';

/** A signed reading as it came, before units are converted: the signature is over this. */
export interface Proof {
  /** The gateway that the topic names, which alone may publish there. */
  readonly device: string;
  readonly reading: FrameReading & { readonly attestation: FrameAttestation };
}

/** Whether a P-256 key has signed the SHA-256 of a message; false for a key that is none. */
export type VerifySignature = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

export interface GoodProof {
  readonly ok: true;
  /** Of the statement. */
  readonly hash: Uint8Array;
}

/**
 * Whether this gateway's key, good at the time, has signed this reading; else `attestation-invalid`. A signature's second
 * form (r, n − s) is as good as the first, because hardware gives either: nothing is known again by its signature.
 *
 * @param key that is registered for the gateway under the key id; undefined where none is
 */
export function checkProof(
  { device, reading }: Proof,
  key: AttestationKey | undefined,
  verify: VerifySignature,
): GoodProof | Refusal {
  const { attestation, stamp, position } = reading;
  const { keyId, counter, previousHash, signature } = attestation;
  const invalid = (detail: string): Refusal => refuse('attestation-invalid', detail);
  if (!key) return invalid(`key ${show(keyId)} is not registered for ${device}`);
  if (key.status === 'revoked') return invalid(`key ${keyId} of ${device} is revoked`);
  if (observedAtMsOf(stamp) < key.notBeforeMs) {
    return invalid(`key ${keyId} of ${device} was not good yet at ${observedAtMsOf(stamp)} ms`);
  }
  if (!position) return invalid('an attestation without a position');
  if (previousHash.length !== HASH_BYTES || signature.length !== SIGNATURE_BYTES) {
    return invalid(
      `got ${previousHash.length} bytes of hash and ${signature.length} of signature, expected ${HASH_BYTES} and ${SIGNATURE_BYTES}`,
    );
  }
  if (counter === 0n || counterTie(counter) !== Number(stamp % BigInt(TIES_PER_MS))) {
    return invalid(`counter ${counter} does not belong to stamp ${stamp}`);
  }
  const statement = statementIn(device, reading);
  if (!statement || !verify(key.publicKey, statement, signature)) {
    return invalid(`the signature is not that of key ${keyId} over this reading`);
  }
  return { ok: true, hash: statementHash(statement) };
}

/** Undefined where the reading holds what no gateway can have signed, such as NaN. */
function statementIn(device: string, reading: Proof['reading']): Uint8Array | undefined {
  try {
    return statementOf(device, reading, reading.attestation);
  } catch {
    return undefined;
  }
}
