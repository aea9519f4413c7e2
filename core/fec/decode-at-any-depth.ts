import { refuse, type Refusal } from '../reason.ts';
import { type DecodedFrame, decodeFrame } from './decode-frame.ts';
import { HEADER_BYTES, readHeader } from './frame-header.ts';
import { frameBytesMax, layoutOfContent } from './layout.ts';
import { type Depth, DEPTHS } from './link.ts';

export interface FrameAtDepth extends DecodedFrame {
  readonly depth: Depth;
}

/**
 * The payload of a frame whose sender has agreed with nobody on a depth; its codewords have 223 data bytes. A frame read at
 * a wrong depth is no codeword, so each depth is tried, first those at which the header, as it arrived, fits the length.
 * Refused as by `decodeFrame`, with the reason of the first depth tried: the likeliest.
 */
export function decodeAtAnyDepth(frame: Uint8Array): FrameAtDepth | Refusal {
  let likeliest: Refusal | undefined;
  for (const depth of new Set([...depthsThatFit(frame), ...DEPTHS])) {
    const decoded = decodeFrame(frame, { depth });
    if (decoded.ok) return { ...decoded, depth };
    likeliest ??= decoded;
  }
  return likeliest ?? refuse('malformed', 'no depth was tried');
}

/** The depths at which the bytes, before anything is corrected, tell of a frame of just this length. */
export function depthsThatFit(frame: Uint8Array): readonly Depth[] {
  if (frame.length < HEADER_BYTES || frame.length > frameBytesMax({ depth: 1 })) return [];
  const { version, payloadBytes } = readHeader(frame);
  if (version === 0) return [];
  return DEPTHS.filter((depth) => layoutOfContent(HEADER_BYTES + payloadBytes, { depth }).frameBytes === frame.length);
}
