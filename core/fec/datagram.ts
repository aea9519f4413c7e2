import { refuse, type Refusal } from '../reason.ts';

const DATAGRAM_VERSION = 1;
/** Version, depth, index and count (1 byte each), number and length of the frame (4 bytes each, the highest first). */
export const DATAGRAM_HEADER_BYTES = 12;
/** Over Ethernet, in IPv6: 1500 − 40 − 8. A longer one would travel in fragments, and be lost with any of them. */
export const DATAGRAM_BYTES_MAX = 1452;
export const DATAGRAMS_MAX = 255;

/** What a part of a frame tells of itself, as it travels alone. */
export interface DatagramHeader {
  readonly depth: number;
  /** Which one it is of `count`, from 0 on. */
  readonly index: number;
  readonly count: number;
  /** Unsigned, 32 bits; the sender's, another one for every frame. */
  readonly frameNumber: number;
  readonly frameBytes: number;
}

export interface Datagram {
  readonly ok: true;
  readonly header: DatagramHeader;
  /** The rows of the frame that fall to it; of a datagram that was read, they are no copy. */
  readonly body: Uint8Array;
}

/**
 * How many bytes of a frame fall to one of its datagrams. A row is the bytes of as many codewords as are interleaved, one
 * of each, and rows are dealt out like cards: so a lost datagram costs every codeword nearly the same.
 */
export function bodyBytes({ depth, index, count, frameBytes }: DatagramHeader): number {
  return depth * Math.ceil((frameBytes / depth - index) / count);
}

export function writeDatagram(header: DatagramHeader, body: Uint8Array): Uint8Array {
  const { depth, index, count, frameNumber, frameBytes } = header;
  const bytes = new Uint8Array(DATAGRAM_HEADER_BYTES + body.length);
  bytes.set([DATAGRAM_VERSION, depth, index, count]);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, frameNumber);
  view.setUint32(8, frameBytes);
  bytes.set(body, DATAGRAM_HEADER_BYTES);
  return bytes;
}

/** Refused as `malformed` unless it has just the bytes that its header tells of. */
export function readDatagram(bytes: Uint8Array): Datagram | Refusal {
  if (bytes.length <= DATAGRAM_HEADER_BYTES || bytes.length > DATAGRAM_BYTES_MAX) {
    const expected = `${DATAGRAM_HEADER_BYTES + 1} to ${DATAGRAM_BYTES_MAX}`;
    return refuse('malformed', `got a FEC datagram of ${bytes.length} bytes, expected ${expected}`);
  }
  const [version = 0, depth = 0, index = 0, count = 0] = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const frameBytes = view.getUint32(8);
  const header = { depth, index, count, frameNumber: view.getUint32(4), frameBytes };
  const body = bytes.subarray(DATAGRAM_HEADER_BYTES);
  if (version !== DATAGRAM_VERSION) {
    return refuse('malformed', `got a FEC datagram of version ${version}, expected ${DATAGRAM_VERSION}`);
  }
  const expected = bodyBytes(header);
  if (index >= count || frameBytes % depth !== 0 || body.length !== expected) {
    const told = `number ${index} of ${count} of a frame of ${frameBytes} bytes and depth ${depth}`;
    return refuse(
      'malformed',
      `got a FEC datagram with ${body.length} bytes behind its header, which tells of ${told}`,
    );
  }
  return { ok: true, header, body };
}
