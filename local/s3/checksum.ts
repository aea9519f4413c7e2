import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Reflected polynomials: RFC 3720, B.4 (Castagnoli) and NVM Express 2.0 command set, 5.2.1.3.4 (CRC-64/NVME). */
const CRC32C_POLYNOMIAL = 0x82_f6_3b_78n;
const CRC64NVME_POLYNOMIAL = 0x9a_6c_93_29_ac_4b_c9_b5n;

/** By the last part of the header's name, `x-amz-checksum-{algorithm}`. */
const ALGORITHMS = {
  crc32: (data: Buffer) => bigEndian(BigInt(crc32(data)), 4),
  crc32c: tableChecksum(CRC32C_POLYNOMIAL, 4),
  crc64nvme: tableChecksum(CRC64NVME_POLYNOMIAL, 8),
  sha1: (data: Buffer) => createHash('sha1').update(data).digest(),
  sha256: (data: Buffer) => createHash('sha256').update(data).digest(),
};

type Algorithm = keyof typeof ALGORITHMS;

export const CHECKSUM_HEADER_PREFIX = 'x-amz-checksum-';

/** The algorithm that a header's name ends with; undefined for headers such as `x-amz-checksum-mode`. */
export function algorithmOf(headerName: string): Algorithm | undefined {
  const name = headerName.startsWith(CHECKSUM_HEADER_PREFIX) ? headerName.slice(CHECKSUM_HEADER_PREFIX.length) : '';
  return isAlgorithm(name) ? name : undefined;
}

/** Big-endian in base64, as the headers carry it. */
export function checksum(algorithm: Algorithm, data: Buffer): string {
  return ALGORITHMS[algorithm](data).toString('base64');
}

function isAlgorithm(name: string): name is Algorithm {
  return Object.hasOwn(ALGORITHMS, name);
}

/** A reflected CRC of 32 or 64 bits, all ones at the start and inverted at the end. */
function tableChecksum(polynomial: bigint, bytes: 4 | 8): (data: Buffer) => Buffer {
  const allOnes = (1n << BigInt(bytes * 8)) - 1n;
  const table = Array.from({ length: 256 }, (_, octet) => {
    let remainder = BigInt(octet);
    for (let bit = 0; bit < 8; bit += 1) {
      remainder = remainder & 1n ? (remainder >> 1n) ^ polynomial : remainder >> 1n;
    }
    return remainder;
  });
  // Two halves of 32 bits: a bigint a byte would be forty times slower.
  const high = Uint32Array.from(table, (entry) => Number(entry >> 32n));
  const low = Uint32Array.from(table, (entry) => Number(entry & 0xff_ff_ff_ffn));
  return (data) => {
    let [crcHigh, crcLow] = [bytes === 8 ? 0xff_ff_ff_ff : 0, 0xff_ff_ff_ff];
    for (const octet of data) {
      const index = (crcLow ^ octet) & 0xff;
      crcLow = ((crcLow >>> 8) | (crcHigh << 24)) ^ (low[index] ?? 0);
      crcHigh = (crcHigh >>> 8) ^ (high[index] ?? 0);
    }
    const crc = (BigInt(crcHigh >>> 0) << 32n) | BigInt(crcLow >>> 0);
    return bigEndian(crc ^ allOnes, bytes);
  };
}

function bigEndian(value: bigint, bytes: 4 | 8): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(value);
  return buffer.subarray(8 - bytes);
}
