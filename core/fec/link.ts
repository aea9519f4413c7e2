/** How many codewords are interleaved to a group; CCSDS 131.0-B-5, clause 4.3.5. */
export const DEPTHS = [1, 2, 3, 4, 5, 8] as const;
export type Depth = (typeof DEPTHS)[number];

/** Half of such a codeword is parity; a link that needs more than that is better repaired. */
export const CODEWORD_DATA_BYTES_MIN = 32;

/** What both ends of a link have agreed on; no frame tells it, for nothing could be read of a frame before it is known. */
export interface FecLink {
  /** A burst of 16 × depth bytes is corrected wherever it falls. */
  readonly depth: Depth;
  /**
   * Of each codeword, 32 to 223 (the default): fewer leave more of what is sent to parity, for links that lose much.
   */
  readonly codewordDataBytes?: number;
}
