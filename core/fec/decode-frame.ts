import { refuse, type Refusal } from '../reason.ts';
import { PARITY_BYTES } from './code.ts';
import { correctGroup } from './correct-group.ts';
import { crc32c } from './crc32c.ts';
import { erasuresByCodeword } from './erasures.ts';
import { FRAME_VERSION, HEADER_BYTES, readHeader } from './frame-header.ts';
import { frameBytesMax, type Layout, layoutOfContent, layoutOfFrame } from './layout.ts';
import type { FecLink } from './link.ts';

export interface DecodedFrame {
  readonly ok: true;
  readonly payload: Uint8Array;
  /** Bytes that differed from what was sent, parity and wrongly filled erasures included. */
  readonly correctedBytes: number;
}

/**
 * The payload of a frame of which some bytes may be wrong. `erasures` are offsets in the frame of bytes that are known to
 * be missing; what stands there does not matter. In each codeword e errors and s erasures are corrected where
 * 2e + s ≤ 32. Refused as `fec-uncorrectable` where there are more, or where they were taken for others and the payload
 * is not the one whose CRC-32C the frame holds; as `malformed` where the bytes are no frame of this link; as `too-large`
 * where they are more than any frame. It neither throws nor changes what it was given, and allocates no more than that.
 */
export function decodeFrame(
  frame: Uint8Array,
  link: FecLink,
  erasures: readonly number[] = [],
): DecodedFrame | Refusal {
  const bytesMax = frameBytesMax(link);
  if (frame.length > bytesMax) {
    return refuse('too-large', `got ${frame.length} bytes, expected a FEC frame of at most ${bytesMax}`);
  }
  const layout = layoutOfFrame(frame.length, link);
  if (!layout || layout.contentBytes < HEADER_BYTES) {
    return refuse('malformed', `no FEC frame of depth ${link.depth} has ${frame.length} bytes; was it cut?`);
  }
  const content = new Uint8Array(layout.contentBytes);
  const places = erasuresByCodeword(erasures, layout);
  let correctedBytes = 0;
  for (let index = 0; index < layout.groups; index += 1) {
    const corrected = correctGroup(frame, content, layout, index, places);
    if (!corrected.ok) return uncorrectable(layout, corrected.codeword);
    correctedBytes += corrected.correctedBytes;
    // The first group has the header: what is no frame of this link need not be read to its end.
    const refusal = index === 0 ? headerRefusal(content, frame.length, link) : undefined;
    if (refusal) return refusal;
  }
  return checkedPayload(content, correctedBytes);
}

function headerRefusal(content: Uint8Array, frameBytes: number, link: FecLink): Refusal | undefined {
  const { version, payloadBytes } = readHeader(content);
  if (version !== FRAME_VERSION) {
    return refuse('malformed', `got a FEC frame of version ${version}, expected ${FRAME_VERSION}`);
  }
  const expected = layoutOfContent(HEADER_BYTES + payloadBytes, link).frameBytes;
  if (frameBytes === expected) return undefined;
  return refuse('malformed', `got ${frameBytes} bytes, expected the ${expected} of a payload of ${payloadBytes}`);
}

function checkedPayload(content: Uint8Array, correctedBytes: number): DecodedFrame | Refusal {
  const { payloadBytes, crc } = readHeader(content);
  const end = HEADER_BYTES + payloadBytes;
  const payload = content.subarray(HEADER_BYTES, end);
  const actual = crc32c(payload);
  if (actual !== crc || content.subarray(end).some((fill) => fill !== 0)) {
    const got = `got a payload of CRC-32C ${hex(actual)}, expected ${hex(crc)} and nothing but zeros behind it`;
    return refuse(
      'fec-uncorrectable',
      `${got}: more bytes are wrong than can be corrected, and others were taken for them`,
    );
  }
  return { ok: true, payload, correctedBytes };
}

function uncorrectable({ depth, groups }: Layout, codeword: number): Refusal {
  const which = `codeword ${codeword + 1} of ${groups * depth}`;
  return refuse(
    'fec-uncorrectable',
    `${which}: 2 × errors + erasures are more than ${PARITY_BYTES}, or the frame is not of depth ${depth}`,
  );
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
