/**
 * The multi-value register as a join-semilattice. A state (source → entry) means: of every source the stamps up to the
 * entry's are seen, and of these only the entry's own dot may still stand. A source's later dot supersedes its earlier
 * ones, so one dot a source suffices, and the causal merge of dotted version vector sets (keep a dot if both sides hold
 * it, or if one holds it and the other has not seen it) comes down to a pointwise maximum.
 */

import { joinSiblings } from './sibling.ts';
import type { Entry, Register } from './twin.ts';

/**
 * Join of two entries of one source: the higher stamp; at equal stamps a superseded dot (no sibling) beats a standing
 * one, because only a writer that had seen it can have superseded it. Returns `a` itself where `b` adds nothing.
 */
export function joinEntries(a: Entry, b: Entry): Entry {
  if (a.stamp !== b.stamp) {
    return a.stamp > b.stamp ? a : b;
  }
  if (a.sibling === undefined || b.sibling === undefined) {
    return a.sibling === undefined ? a : b;
  }
  const sibling = joinSiblings(a.sibling, b.sibling);
  return sibling === a.sibling ? a : { stamp: a.stamp, sibling };
}

/** Pointwise. Returns `a` itself where `b` adds nothing. */
export function joinRegisters(a: Register, b: Register): Register {
  let joined: Map<string, Entry> | undefined;
  for (const [source, entry] of b) {
    const before = a.get(source);
    const after = before === undefined ? entry : joinEntries(before, entry);
    if (after !== before) {
      joined ??= new Map(a);
      joined.set(source, after);
    }
  }
  return joined ?? a;
}
