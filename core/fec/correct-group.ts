import { PARITY_BYTES } from './code.ts';
import { findErrata } from './errata.ts';
import type { Erasures } from './erasures.ts';
import { groupAt, type Layout } from './layout.ts';
import { computeParity } from './parity.ts';

/** How many bytes of a group were wrong, or which codeword, counted through the frame, has too many that are. */
export type CorrectedGroup =
  | { readonly ok: true; readonly correctedBytes: number }
  | { readonly ok: false; readonly codeword: number };

/** First the parity of the data, then what it and the received one differ by. */
const remainder = new Uint8Array(PARITY_BYTES);
const NO_ERASURES: readonly number[] = [];

/**
 * Copies the data of a group of `frame` to where it belongs in `content` and corrects it there. Each codeword is encoded
 * anew: where that gives the parity that was received, the codeword is whole, and most are.
 */
export function correctGroup(
  frame: Uint8Array,
  content: Uint8Array,
  layout: Layout,
  index: number,
  erasures: Erasures,
): CorrectedGroup {
  const { depth } = layout;
  const { contentStart, frameStart, dataBytes } = groupAt(layout, index);
  const parityStart = frameStart + depth * dataBytes;
  content.set(frame.subarray(frameStart, parityStart), contentStart);
  let correctedBytes = 0;
  for (let column = 0; column < depth; column += 1) {
    const codeword = index * depth + column;
    const start = contentStart + column;
    computeParity(content, start, depth, dataBytes, remainder);
    if (subtractParity(frame, parityStart + column, depth) === 0) continue;
    const errata = findErrata(remainder, dataBytes + PARITY_BYTES, erasures.get(codeword) ?? NO_ERASURES);
    if (!errata) return { ok: false, codeword };
    for (let each = 0; each < errata.count; each += 1) {
      const value = errata.values[each] ?? 0;
      // An erased byte may have been right by chance.
      if (value !== 0) correctedBytes += 1;
      // A place in the parity is below those of the data; nobody needs the parity any more.
      const behindParity = (errata.places[each] ?? 0) - PARITY_BYTES;
      if (behindParity < 0) continue;
      const at = start + depth * (dataBytes - 1 - behindParity);
      content[at] = (content[at] ?? 0) ^ value;
    }
  }
  return { ok: true, correctedBytes };
}

/** Takes the received parity, which lies `stride` apart, from the computed one; 0 where nothing is left. */
function subtractParity(frame: Uint8Array, start: number, stride: number): number {
  let anything = 0;
  for (let place = 0; place < PARITY_BYTES; place += 1) {
    const difference = (remainder[place] ?? 0) ^ (frame[start + place * stride] ?? 0);
    remainder[place] = difference;
    anything |= difference;
  }
  return anything;
}
