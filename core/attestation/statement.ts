/** What a gateway's signature is over: `docs/attestation.md` has an example. */

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { FrameAttestation, FrameReading } from '../sync/frame.ts';
import { canonicalBytes } from '../twin/canonical-bytes.ts';
import { observedAtMsOf } from '../twin/stamp.ts';

/** In each statement, so that no signature over anything else is taken for one over a reading, nor the other way round. */
const STATEMENT_FORMAT = 'cityweave-attestation-1';

export const HASH_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** What stands for the statement before the first of a boot. */
export const NO_HASH: Uint8Array = new Uint8Array(HASH_BYTES);

/**
 * The statement's bytes: canonical JSON (RFC 8785); uint64 as decimal text, hashes in lower-case hexadecimal. Throws
 * where the reading holds what JSON cannot, such as NaN.
 *
 * @param device the gateway's thing name
 */
export function statementOf(
  device: string,
  reading: FrameReading,
  signed: Omit<FrameAttestation, 'signature'>,
): Uint8Array {
  const { keyId, bootId, counter, gnssAtMs, hdop, satellites, previousHash } = signed;
  return canonicalBytes({
    format: STATEMENT_FORMAT,
    device,
    keyId,
    bootId: bootId.toString(),
    counter: counter.toString(),
    observedAtMs: observedAtMsOf(reading.stamp),
    gnssAtMs,
    hdop,
    satellites,
    position: reading.position,
    contentHash: bytesToHex(contentHash(reading)),
    previousHash: bytesToHex(previousHash),
  });
}

/** SHA-256 of all that a frame carries of a reading. */
export function contentHash({
  assetId,
  assetType,
  sensor,
  stamp,
  attributes,
  position,
  seen,
}: FrameReading): Uint8Array {
  const seenStamps = [...seen].map(([register, stamps]) => [
    register,
    Object.fromEntries([...stamps].map(([each, seenStamp]) => [each, seenStamp.toString()])),
  ]);
  return sha256(
    canonicalBytes({
      assetId,
      assetType,
      sensor,
      stamp: stamp.toString(),
      attributes: Object.fromEntries(attributes),
      position,
      seen: Object.fromEntries(seenStamps),
    }),
  );
}

/** What the next statement of the boot names, and by which the cloud knows this one again. */
export function statementHash(statement: Uint8Array): Uint8Array {
  return sha256(statement);
}
