import { crc32 } from 'node:zlib';

/** One record as a shard keeps it. */
export interface LogRecord {
  /** Place in the shard, from 1, without gaps. */
  readonly index: number;
  readonly arrivalMs: number;
  readonly partitionKey: string;
  readonly data: Buffer;
}

/*
 * On disk, big endian:
 *
 *   bytes  0–3   length of what follows the checksum
 *   bytes  4–7   CRC-32 of what follows
 *   bytes  8–13  index
 *   bytes 14–19  arrival, epoch milliseconds
 *   bytes 20–21  length of the partition key in UTF-8
 *   bytes 22–…   the partition key, then the data
 */
const CHECKED_FROM = 8;
const INDEX_AT = 8;
const ARRIVAL_AT = 14;
const KEY_BYTES_AT = 20;
const HEADER_BYTES = 22;
/** 48 bits count 281 trillion records and reach past the year 10,000. */
const UINT48_BYTES = 6;

export function encodedBytes(keyBytes: number, dataBytes: number): number {
  return HEADER_BYTES + keyBytes + dataBytes;
}

/** Writes the record at `offset` of `target`, which must have room for `encodedBytes`; returns the offset behind it. */
export function encodeRecord(
  target: Buffer,
  offset: number,
  record: { index: number; arrivalMs: number; partitionKey: string; keyBytes: number; data: Uint8Array },
): number {
  const end = offset + encodedBytes(record.keyBytes, record.data.length);
  target.writeUIntBE(record.index, offset + INDEX_AT, UINT48_BYTES);
  target.writeUIntBE(record.arrivalMs, offset + ARRIVAL_AT, UINT48_BYTES);
  target.writeUInt16BE(record.keyBytes, offset + KEY_BYTES_AT);
  target.write(record.partitionKey, offset + HEADER_BYTES, 'utf8');
  target.set(record.data, offset + HEADER_BYTES + record.keyBytes);
  target.writeUInt32BE(end - offset - CHECKED_FROM, offset);
  target.writeUInt32BE(crc32(target.subarray(offset + CHECKED_FROM, end)), offset + 4);
  return end;
}

/** What a record's first bytes tell without reading the rest. */
export interface RecordHeader {
  readonly index: number;
  readonly arrivalMs: number;
  /** The whole record, this header included. */
  readonly bytes: number;
}

/** The header at `offset`, or undefined where the buffer ends before it does. */
export function decodeHeader(buffer: Buffer, offset: number): RecordHeader | undefined {
  if (buffer.length - offset < HEADER_BYTES) return undefined;
  return {
    index: buffer.readUIntBE(offset + INDEX_AT, UINT48_BYTES),
    arrivalMs: buffer.readUIntBE(offset + ARRIVAL_AT, UINT48_BYTES),
    bytes: CHECKED_FROM + buffer.readUInt32BE(offset),
  };
}

/** Whether the `header.bytes` from `offset`, all of which must be in the buffer, are what was written. */
export function isIntact(buffer: Buffer, offset: number, header: RecordHeader): boolean {
  if (header.bytes < HEADER_BYTES) return false;
  const checked = buffer.subarray(offset + CHECKED_FROM, offset + header.bytes);
  return (
    crc32(checked) === buffer.readUInt32BE(offset + 4) &&
    buffer.readUInt16BE(offset + KEY_BYTES_AT) <= header.bytes - HEADER_BYTES
  );
}

/** The record behind an intact header. Its data share memory with `buffer`. */
export function decodeRecord(buffer: Buffer, offset: number, header: RecordHeader): LogRecord {
  const dataAt = offset + HEADER_BYTES + buffer.readUInt16BE(offset + KEY_BYTES_AT);
  return {
    index: header.index,
    arrivalMs: header.arrivalMs,
    partitionKey: buffer.toString('utf8', offset + HEADER_BYTES, dataAt),
    data: buffer.subarray(dataAt, offset + header.bytes),
  };
}
