import { CODEWORD_BYTES, DATA_BYTES } from '../../core/fec/code.ts';
import { type CorrectedGroup, correctGroup } from '../../core/fec/correct-group.ts';
import { erasuresByCodeword } from '../../core/fec/erasures.ts';
import { layoutOfContent } from '../../core/fec/layout.ts';
import { computeParity } from '../../core/fec/parity.ts';

/** A frame of depth 1 that holds one full codeword and nothing else is that codeword. */
const LAYOUT = layoutOfContent(DATA_BYTES, { depth: 1 });
const PLACES = Uint8Array.from({ length: CODEWORD_BYTES }, (_, place) => place);

/** Writes the parity of a full codeword behind its data, as libfec's `encode_rs_8` does. */
export function encodeCodeword(codeword: Uint8Array): void {
  computeParity(codeword, 0, 1, DATA_BYTES, codeword.subarray(DATA_BYTES));
}

/** Writes the corrected data to `data`; `erasures` are places in the codeword, counted from its first byte. */
export function correctCodeword(
  codeword: Uint8Array,
  data: Uint8Array,
  erasures: readonly number[] = [],
): CorrectedGroup {
  return correctGroup(codeword, data, LAYOUT, 0, erasuresByCodeword(erasures, LAYOUT));
}

export function drawBytes(random: () => number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => random() * 256);
}

/** `count` distinct places of a codeword in any order, by the first steps of a Fisher–Yates shuffle. */
export function drawPlaces(random: () => number, count: number): readonly number[] {
  const places = PLACES.slice();
  for (let index = 0; index < count; index += 1) {
    const drawn = index + Math.floor(random() * (CODEWORD_BYTES - index));
    [places[index], places[drawn]] = [places[drawn] ?? 0, places[index] ?? 0];
  }
  return Array.from(places.subarray(0, count));
}

/** Changes that byte to any other. */
export function damage(random: () => number, bytes: Uint8Array, place: number): void {
  bytes[place] = (bytes[place] ?? 0) ^ (1 + Math.floor(random() * 255));
}
