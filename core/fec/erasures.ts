import { assert } from '../twin/assert.ts';
import { PARITY_BYTES } from './code.ts';
import { groupAt, type Layout } from './layout.ts';

/** By codeword, counted through the frame: the distinct places of its erasures, 0 for its last byte. */
export type Erasures = ReadonlyMap<number, readonly number[]>;

const NO_ERASURES: Erasures = new Map();

/** `offsets` are in the frame, in any order and perhaps more than once. */
export function erasuresByCodeword(offsets: readonly number[], layout: Layout): Erasures {
  if (offsets.length === 0) return NO_ERASURES;
  const { depth, groups, dataBytes, frameBytes } = layout;
  const erasures = new Map<number, number[]>();
  for (const offset of new Set(offsets)) {
    assert(offset >= 0 && offset < frameBytes, () => `the frame has ${frameBytes} bytes, number ${offset} was erased`);
    const group = Math.min(Math.floor(offset / (depth * (dataBytes + PARITY_BYTES))), groups - 1);
    const { frameStart, dataBytes: ofGroup } = groupAt(layout, group);
    const codeword = group * depth + (offset % depth);
    const places = erasures.get(codeword) ?? [];
    places.push(ofGroup + PARITY_BYTES - 1 - Math.floor((offset - frameStart) / depth));
    erasures.set(codeword, places);
  }
  return erasures;
}
