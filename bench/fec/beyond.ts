import { DATA_BYTES } from '../../core/fec/code.ts';
import { decodeFrame } from '../../core/fec/decode-frame.ts';
import { encodeFrame } from '../../core/fec/encode-frame.ts';
import { HEADER_BYTES } from '../../core/fec/frame-header.ts';
import { seededRandom } from '../support/random.ts';
import { correctCodeword, damage, drawBytes, drawPlaces } from './codewords.ts';

const LINK = { depth: 1 } as const;

/** Who noticed that a frame was damaged beyond what can be corrected. */
export interface BeyondCounts {
  /** The code: no codeword is near enough. */
  byCode: number;
  /** The frame: a codeword was near enough, but not the one that was sent. */
  byFrame: number;
  /** Nobody: another payload was given. */
  byNobody: number;
}

/**
 * Frames of one full codeword, `trials` of them, each with so many erasures and `errorsMin` to `errorsMax` errors elsewhere,
 * drawn evenly: at least so many that 2e + s > 32, and no more places than a codeword has.
 */
export function countBeyond(
  trials: number,
  seed: number,
  erasures: number,
  errorsMin: number,
  errorsMax: number,
): BeyondCounts {
  const random = seededRandom(seed);
  const counts = { byCode: 0, byFrame: 0, byNobody: 0 };
  const data = new Uint8Array(DATA_BYTES);
  const encoded = encodeFrame(drawBytes(random, DATA_BYTES - HEADER_BYTES), LINK);
  if (!encoded.ok) throw new Error(encoded.detail);
  for (let trial = 0; trial < trials; trial += 1) {
    const errors = errorsMin + Math.floor(random() * (errorsMax + 1 - errorsMin));
    const places = drawPlaces(random, erasures + errors);
    const frame = encoded.frame.slice();
    for (const place of places) damage(random, frame, place);
    const erased = places.slice(0, erasures);
    if (!correctCodeword(frame, data, erased).ok) counts.byCode += 1;
    else if (!decodeFrame(frame, LINK, erased).ok) counts.byFrame += 1;
    else counts.byNobody += 1;
  }
  return counts;
}
