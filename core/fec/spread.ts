import { refuse, type Refusal } from '../reason.ts';
import {
  bodyBytes,
  DATAGRAM_BYTES_MAX,
  DATAGRAM_HEADER_BYTES,
  DATAGRAMS_MAX,
  type DatagramHeader,
  writeDatagram,
} from './datagram.ts';
import { encodeFrame } from './encode-frame.ts';
import type { FecLink } from './link.ts';

/**
 * For links that lose datagrams: 64 of 96 bytes of a codeword are data, and it can do without a third of them. At 24
 * datagrams a frame that is eight lost ones, wherever they fall; docs/formats.md has what arrives at which loss.
 */
export const LOSSY_LINK: FecLink = { depth: 8, codewordDataBytes: 64 };
export const DATAGRAMS_MIN = 24;

export interface Spread {
  readonly ok: true;
  readonly datagrams: readonly Uint8Array[];
}

/**
 * The FEC frame of a payload, spread over `datagramsMin` UDP datagrams, or over as many more as keep each of them below
 * `DATAGRAM_BYTES_MAX`. Refused as `too-large` where it would take more than `DATAGRAMS_MAX`. A frame's number must not be
 * used again while datagrams of the earlier one may be on their way.
 */
export function spreadPayload(
  payload: Uint8Array,
  frameNumber: number,
  link: FecLink = LOSSY_LINK,
  datagramsMin = DATAGRAMS_MIN,
): Spread | Refusal {
  const encoded = encodeFrame(payload, link);
  if (!encoded.ok) return encoded;
  const { frame } = encoded;
  const { depth } = link;
  const rows = frame.length / depth;
  const rowsMax = Math.floor((DATAGRAM_BYTES_MAX - DATAGRAM_HEADER_BYTES) / depth);
  // Of a short frame, none of them may stay empty.
  const count = Math.min(Math.max(datagramsMin, Math.ceil(rows / rowsMax)), rows);
  if (count > DATAGRAMS_MAX) {
    return refuse('too-large', `got a payload for ${count} FEC datagrams, expected one for at most ${DATAGRAMS_MAX}`);
  }
  const datagrams = Array.from({ length: count }, (_, index) => {
    const header = { depth, index, count, frameNumber, frameBytes: frame.length };
    return writeDatagram(header, dealtRows(frame, header));
  });
  return { ok: true, datagrams };
}

function dealtRows(frame: Uint8Array, header: DatagramHeader): Uint8Array {
  const { depth, index, count } = header;
  const body = new Uint8Array(bodyBytes(header));
  for (let at = 0, from = index * depth; at < body.length; at += depth, from += count * depth) {
    body.set(frame.subarray(from, from + depth), at);
  }
  return body;
}
