import { assert } from '../twin/assert.ts';
import { DATA_BYTES, PARITY_BYTES } from './code.ts';
import { HEADER_BYTES, PAYLOAD_BYTES_MAX } from './frame-header.ts';
import { CODEWORD_DATA_BYTES_MIN, type FecLink } from './link.ts';

/**
 * Where the parts of a frame are. It is groups of `depth` codewords, all full but those of the last group, which are
 * shortened by the same number of bytes each (virtual fill, CCSDS 131.0-B-5, clause 4.3.7). A group is its data in the
 * order of the content, then 32 × depth bytes of parity; byte n of either belongs to codeword n modulo depth.
 */
export interface Layout {
  readonly depth: number;
  /** At least one. */
  readonly groups: number;
  /** Of a codeword in all groups but the last, and there. */
  readonly dataBytes: number;
  readonly lastDataBytes: number;
  /** What all groups hold: up to depth − 1 bytes more than was asked for. */
  readonly contentBytes: number;
  readonly frameBytes: number;
}

export interface Group {
  readonly contentStart: number;
  readonly frameStart: number;
  /** Of each of its codewords. */
  readonly dataBytes: number;
}

/** The layout of a frame that holds `contentBytes`, at least one. */
export function layoutOfContent(contentBytes: number, link: FecLink): Layout {
  const { depth, dataBytes } = checkedLink(link);
  const groups = Math.ceil(contentBytes / (depth * dataBytes));
  return layoutOf(link, groups, Math.ceil((contentBytes - (groups - 1) * depth * dataBytes) / depth));
}

/** The layout of a frame of `frameBytes`; `undefined` where no frame has that length. */
export function layoutOfFrame(frameBytes: number, link: FecLink): Layout | undefined {
  const { depth, dataBytes } = checkedLink(link);
  const groupBytes = depth * (dataBytes + PARITY_BYTES);
  const groups = Math.ceil(frameBytes / groupBytes);
  const lastDataBytes = (frameBytes - (groups - 1) * groupBytes) / depth - PARITY_BYTES;
  return groups > 0 && lastDataBytes > 0 && Number.isInteger(lastDataBytes)
    ? layoutOf(link, groups, lastDataBytes)
    : undefined;
}

/** Of the longest frame on that link. */
export function frameBytesMax(link: FecLink): number {
  return layoutOfContent(HEADER_BYTES + PAYLOAD_BYTES_MAX, link).frameBytes;
}

export function groupAt({ depth, groups, dataBytes, lastDataBytes }: Layout, index: number): Group {
  return {
    contentStart: index * depth * dataBytes,
    frameStart: index * depth * (dataBytes + PARITY_BYTES),
    dataBytes: index === groups - 1 ? lastDataBytes : dataBytes,
  };
}

function layoutOf(link: FecLink, groups: number, lastDataBytes: number): Layout {
  const { depth, dataBytes } = checkedLink(link);
  const contentBytes = depth * ((groups - 1) * dataBytes + lastDataBytes);
  const frameBytes = contentBytes + groups * depth * PARITY_BYTES;
  return { depth, groups, dataBytes, lastDataBytes, contentBytes, frameBytes };
}

function checkedLink({ depth, codewordDataBytes: dataBytes = DATA_BYTES }: FecLink) {
  assert(
    Number.isInteger(dataBytes) && dataBytes >= CODEWORD_DATA_BYTES_MIN && dataBytes <= DATA_BYTES,
    () => `a codeword has ${CODEWORD_DATA_BYTES_MIN} to ${DATA_BYTES} data bytes, the link has ${dataBytes}`,
  );
  return { depth, dataBytes };
}
