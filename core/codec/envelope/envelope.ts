/** Avro's single-object header: `C3 01` and the fingerprint of the writer's schema, little-endian. */

const MARKER = 0xc3;
const VERSION = 0x01;
export const ENVELOPE_BYTES = 10;

/** No JSON, no SenML in CBOR and no uplink begins so. */
export function isEnveloped(bytes: Uint8Array): boolean {
  return bytes[0] === MARKER && bytes[1] === VERSION;
}

/** The fingerprint in the header, or undefined where the message ends before it does. */
export function fingerprintOf(bytes: Uint8Array): bigint | undefined {
  if (bytes.length < ENVELOPE_BYTES) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset, ENVELOPE_BYTES).getBigUint64(2, true);
}

/** A body in its envelope. */
export function envelop(fingerprint: bigint, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(ENVELOPE_BYTES + body.length);
  bytes.set([MARKER, VERSION]);
  new DataView(bytes.buffer).setBigUint64(2, fingerprint, true);
  bytes.set(body, ENVELOPE_BYTES);
  return bytes;
}

/** As people and the table of schemas write it: sixteen hexadecimal digits, the highest first. */
export function formatFingerprint(fingerprint: bigint): string {
  return fingerprint.toString(16).padStart(16, '0');
}
