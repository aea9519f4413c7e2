import { sortedKeys } from '../twin/sorted.ts';
import { canonicalBytes, compareBytes } from '../twin/canonical-bytes.ts';
import { encodeTwin } from '../twin/canonical-twin.ts';
import { observedAtMsOf } from '../twin/stamp.ts';
import type { Entry, Register, Twin } from '../twin/twin.ts';

/** One place at which a live twin and its rebuild differ. */
export interface Divergence {
  readonly assetId: string;
  /** A register, or `FLOORS`. */
  readonly register: string;
  readonly source: string;
  readonly live: Entry | undefined;
  readonly rebuilt: Entry | undefined;
}

export type Comparison =
  | { readonly kind: 'equal' }
  /** They differ, but only where one of them holds something that came behind the watermark. */
  | { readonly kind: 'newer' }
  | { readonly kind: 'divergent'; readonly divergences: readonly Divergence[] };

/** Stands for the floors among the names of registers, of which it can be none. */
export const FLOORS = '(floors)';
const NO_ENTRIES: Register = new Map();

/**
 * Compares a live twin with its rebuild; an absent one is an empty one. The rebuild must hold all that the live twin was
 * made of, and more; what was received before `watermarkMs` must be in both.
 *
 * What came later may be in one of them alone, and may have superseded there what other sources had said. So where one
 * side of a register, or of the floors, holds anything newer, a difference counts only if nothing newer can have made it: a dot received
 * before the watermark that stands on one side, while the other has not seen it. What one side has retired it lacks in every register, and differs in the floor alone.
 */
export function compareTwins(live: Twin | undefined, rebuilt: Twin | undefined, watermarkMs: number): Comparison {
  if (live && rebuilt && compareBytes(encodeTwin(live), encodeTwin(rebuilt)) === 0) return { kind: 'equal' };
  const assetId = live?.assetId ?? rebuilt?.assetId ?? '';
  const [ours, theirs] = [registersOf(live), registersOf(rebuilt)];
  const divergences: Divergence[] = [];
  let isEqual = true;
  const retiresNewer = [ours, theirs].some((each) => holdsNewer(each.get(FLOORS) ?? NO_ENTRIES, watermarkMs));
  for (const register of sortedKeys(new Map([...ours, ...theirs]))) {
    const [a, b] = [ours.get(register) ?? NO_ENTRIES, theirs.get(register) ?? NO_ENTRIES];
    const isNewer = retiresNewer || holdsNewer(a, watermarkMs) || holdsNewer(b, watermarkMs);
    for (const difference of differencesOf(a, b)) {
      isEqual = false;
      if (register !== FLOORS && isRetired(difference, live, rebuilt)) continue;
      if (!isNewer || isCertain(difference, watermarkMs)) {
        divergences.push({ assetId, register, ...difference });
      }
    }
  }
  if (divergences.length > 0) return { kind: 'divergent', divergences };
  return { kind: isEqual ? 'equal' : 'newer' };
}

/** With its floors as one more register, whose entries have no sibling. */
function registersOf(twin: Twin | undefined): ReadonlyMap<string, Register> {
  if (twin === undefined) return new Map();
  const floors: Register = new Map([...twin.floors].map(([source, stamp]) => [source, { stamp }]));
  return floors.size === 0 ? twin.registers : new Map(twin.registers).set(FLOORS, floors);
}

type Difference = Pick<Divergence, 'source' | 'live' | 'rebuilt'>;

function differencesOf(a: Register, b: Register): Difference[] {
  return sortedKeys(new Map([...a, ...b])).flatMap((source) => {
    const [live, rebuilt] = [a.get(source), b.get(source)];
    return sameEntry(live, rebuilt) ? [] : [{ source, live, rebuilt }];
  });
}

function sameEntry(a: Entry | undefined, b: Entry | undefined): boolean {
  if (a === undefined || b === undefined || a.stamp !== b.stamp) return a === b;
  const [left, right] = [canonicalBytes(a.sibling ?? null), canonicalBytes(b.sibling ?? null)];
  return compareBytes(left, right) === 0;
}

/** Whether one side has retired the source at or behind what the other holds: then they differ in the floor. */
function isRetired({ source, live: ours, rebuilt: theirs }: Difference, live?: Twin, rebuilt?: Twin): boolean {
  const isBelow = (entry: Entry | undefined, twin: Twin | undefined): boolean =>
    entry !== undefined && entry.stamp <= (twin?.floors.get(source) ?? -1n);
  return isBelow(ours, rebuilt) || isBelow(theirs, live);
}

/** Whether one side lacks a dot that was received in time for it. */
function isCertain({ live, rebuilt }: Difference, watermarkMs: number): boolean {
  const isMissing = (from: Entry | undefined, entry: Entry | undefined): boolean =>
    entry?.sibling !== undefined && entry.sibling.receivedAtMs < watermarkMs && entry.stamp > (from?.stamp ?? -1n);
  return isMissing(live, rebuilt) || isMissing(rebuilt, live);
}

/** A dot that was superseded has no receipt any more: nothing is received long before it was observed. */
function holdsNewer(register: Register, watermarkMs: number): boolean {
  return [...register.values()].some(
    ({ stamp, sibling }) => (sibling?.receivedAtMs ?? observedAtMsOf(stamp)) >= watermarkMs,
  );
}
