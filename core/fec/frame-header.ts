/**
 * What stands before the payload, within the first codewords: version (1 byte), length of the payload (3 bytes) and its
 * CRC-32C (4 bytes), the highest byte first. No version is 0, because a line that is only zeros is a codeword too.
 */
export const HEADER_BYTES = 8;
export const FRAME_VERSION = 1;
/** What three bytes can tell: 16 MiB less one byte. Messages end far below it, stored frames should. */
export const PAYLOAD_BYTES_MAX = 2 ** 24 - 1;

export interface FrameHeader {
  readonly version: number;
  readonly payloadBytes: number;
  readonly crc: number;
}

export function writeHeader(content: Uint8Array, payloadBytes: number, crc: number): void {
  const view = new DataView(content.buffer, content.byteOffset);
  view.setUint32(0, FRAME_VERSION * 2 ** 24 + payloadBytes);
  view.setUint32(4, crc);
}

export function readHeader(content: Uint8Array): FrameHeader {
  const view = new DataView(content.buffer, content.byteOffset);
  const first = view.getUint32(0);
  return { version: first >>> 24, payloadBytes: first % 2 ** 24, crc: view.getUint32(4) };
}
