/** Of the empty text, and the polynomial too (Avro 1.12, "Schema Fingerprints"). */
const EMPTY = 0xc15d213aa4d7a795n;

const TABLE = Array.from({ length: 256 }, (_, index) => {
  let fingerprint = BigInt(index);
  for (let bit = 0; bit < 8; bit += 1) {
    fingerprint = fingerprint & 1n ? (fingerprint >> 1n) ^ EMPTY : fingerprint >> 1n;
  }
  return fingerprint;
});

/** The 64-bit Rabin fingerprint that Avro calls CRC-64-AVRO. */
export function crc64Avro(bytes: Uint8Array): bigint {
  let fingerprint = EMPTY;
  for (const byte of bytes) {
    fingerprint = (fingerprint >> 8n) ^ (TABLE[Number((fingerprint ^ BigInt(byte)) & 0xffn)] ?? 0n);
  }
  return fingerprint;
}
