import { refuse, type Refusal } from '../reason.ts';
import { PARITY_BYTES } from './code.ts';
import { crc32c } from './crc32c.ts';
import { HEADER_BYTES, PAYLOAD_BYTES_MAX, writeHeader } from './frame-header.ts';
import { groupAt, layoutOfContent } from './layout.ts';
import type { FecLink } from './link.ts';
import { computeParity } from './parity.ts';

export interface EncodedFrame {
  readonly ok: true;
  readonly frame: Uint8Array;
}

const parity = new Uint8Array(PARITY_BYTES);

/**
 * The FEC frame of a payload of 0 to `PAYLOAD_BYTES_MAX` bytes; a longer one is refused as `too-large`. Codewords are those
 * of CCSDS 131.0-B-5 in the conventional basis; docs/formats.md has the frame byte by byte.
 */
export function encodeFrame(payload: Uint8Array, link: FecLink): EncodedFrame | Refusal {
  if (payload.length > PAYLOAD_BYTES_MAX) {
    return refuse('too-large', `got ${payload.length} bytes, expected at most ${PAYLOAD_BYTES_MAX} in one FEC frame`);
  }
  const layout = layoutOfContent(HEADER_BYTES + payload.length, link);
  const frame = new Uint8Array(layout.frameBytes);
  writeHeader(frame, payload.length, crc32c(payload));
  for (let index = 0; index < layout.groups; index += 1) {
    const { contentStart, frameStart, dataBytes } = groupAt(layout, index);
    const parityStart = frameStart + layout.depth * dataBytes;
    // The header is in the first group, before the payload; what is left of the last one stays zero.
    const payloadStart = contentStart - HEADER_BYTES;
    const payloadEnd = payloadStart + layout.depth * dataBytes;
    if (index === 0) frame.set(payload.subarray(0, payloadEnd), HEADER_BYTES);
    else frame.set(payload.subarray(payloadStart, payloadEnd), frameStart);
    for (let codeword = 0; codeword < layout.depth; codeword += 1) {
      computeParity(frame, frameStart + codeword, layout.depth, dataBytes, parity);
      for (let place = 0; place < PARITY_BYTES; place += 1) {
        frame[parityStart + place * layout.depth + codeword] = parity[place] ?? 0;
      }
    }
  }
  return { ok: true, frame };
}
