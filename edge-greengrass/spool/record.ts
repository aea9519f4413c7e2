import { crc32c } from '../../core/fec/crc32c.ts';

/**
 * A record of a segment: CRC-32C of all that follows (4 bytes), length of its content (4), position (6), when it was
 * appended (6, ms since 1970), content; numbers with the highest byte first.
 */
export const RECORD_HEADER_BYTES = 20;
/** Of the content. No reading comes near; a length beyond it is damage. */
export const RECORD_BYTES_MAX = 1024 * 1024;

const LENGTH_AT = 4;
const POSITION_AT = 8;
const APPENDED_AT = 14;
/** Of a position and of a time. */
const NUMBER_BYTES = 6;

export interface StoredRecord {
  readonly position: number;
  readonly appendedAtMs: number;
  readonly bytes: Uint8Array;
  /** Where the next one begins. */
  readonly endAt: number;
}

/** Writes one record at `at`; returns where the next one begins. */
export function writeRecord(
  target: Buffer,
  at: number,
  position: number,
  appendedAtMs: number,
  bytes: Uint8Array,
): number {
  const endAt = at + RECORD_HEADER_BYTES + bytes.length;
  target.writeUInt32BE(bytes.length, at + LENGTH_AT);
  target.writeUIntBE(position, at + POSITION_AT, NUMBER_BYTES);
  target.writeUIntBE(appendedAtMs, at + APPENDED_AT, NUMBER_BYTES);
  target.set(bytes, at + RECORD_HEADER_BYTES);
  target.writeUInt32BE(crc32c(target.subarray(at + LENGTH_AT, endAt)), at);
  return endAt;
}

/**
 * The first sound record at or after `at` of those with a position from `first` to `last`; undefined where none follows.
 * Where bytes are damaged it looks at every place: the position, of which few are possible, tells most of them apart
 * before a sum is made.
 */
export function findRecord(bytes: Buffer, at: number, first: number, last: number): StoredRecord | undefined {
  for (let place = at; place + RECORD_HEADER_BYTES <= bytes.length; place += 1) {
    const position = bytes.readUIntBE(place + POSITION_AT, NUMBER_BYTES);
    if (position < first || position > last) continue;
    const length = bytes.readUInt32BE(place + LENGTH_AT);
    const endAt = place + RECORD_HEADER_BYTES + length;
    if (length > RECORD_BYTES_MAX || endAt > bytes.length) continue;
    if (bytes.readUInt32BE(place) !== crc32c(bytes.subarray(place + LENGTH_AT, endAt))) continue;
    return {
      position,
      appendedAtMs: bytes.readUIntBE(place + APPENDED_AT, NUMBER_BYTES),
      bytes: bytes.subarray(place + RECORD_HEADER_BYTES, endAt),
      endAt,
    };
  }
  return undefined;
}
