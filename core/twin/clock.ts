/**
 * What a twin's registers tell of its sources' clocks. A reading is observed before it is received, so for each one: clock's
 * offset = observed − received + time on the way, and the way takes time or none. Hence a clock is at least as far ahead
 * as any of its readings says, and how far it is behind nobody can tell from a lateness that the way may explain.
 *
 * A clock that has jumped back is not among these: what it stamps now lies below what the source's entry already holds,
 * so it is superseded and leaves no trace in a register. The sibling only ages, like that of a source that fell silent,
 * until it has no vote and the attribute is stale; once the clock has come to where it was, the source is heard again.
 * Silence and jump are told apart by the log, which keeps the time of receipt of superseded readings too: after a jump
 * they keep coming with one and the same lead, each received later than the sibling that stands; a batch that was kept
 * on the way comes all at once, with leads that differ. Whoever merges them sees it too: `readingsBehind`. History cannot
 * tell: it knows only when a reading was observed.
 */

import { isAuthority } from './authority.ts';
import { sortedByKey } from './sorted.ts';
import { observedAtMsOf } from './stamp.ts';
import type { Sibling, Twin } from './twin.ts';

/** A clock of whole seconds that rounds up is ahead by less. */
export const CLOCK_TOLERANCE_MS = 1000;
/** As far as a clock may run ahead: what comes later was kept on the way, or its clock is behind. */
export const LATE_MS = 5 * 60 * 1000;

type ClockFault =
  /** It observed what had already been received: its clock is ahead by `offsetMs` at least. */
  | 'ahead'
  /** None of its readings came within `LATE_MS`: behind by at most −`offsetMs`, unless they were kept on the way. */
  | 'behind-or-late'
  /** It ticks in whole seconds, so readings of one second have no order among themselves. */
  | 'coarse-clock'
  /** It sends no time, so the time of receipt stands in. */
  | 'observed-at-missing';

export interface DoubtfulClock {
  readonly source: string;
  readonly fault: ClockFault;
  /** Of the source's clock against the time of receipt, positive for ahead; `null` where nothing says how much. */
  readonly offsetMs: number | null;
}

/**
 * Every reason to doubt the clock of a source that has a sibling in the twin; by source. Needs no "now". Authorities are
 * left out: theirs is a hybrid clock, which follows the clocks of what they answer.
 */
export function doubtfulClocks(twin: Twin): readonly DoubtfulClock[] {
  const clocks = new Map<string, SeenClock>();
  for (const register of twin.registers.values()) {
    for (const [source, { stamp, sibling }] of register) {
      if (sibling !== undefined && !isAuthority(source)) clocks.set(source, see(clocks.get(source), stamp, sibling));
    }
  }
  return sortedByKey(clocks).flatMap(([source, clock]) => faultsOf(clock).map((fault) => ({ source, ...fault })));
}

/** What the siblings of one source have shown of its clock so far. */
interface SeenClock {
  /** Observed − received, the greatest; absent while no sibling had a time of its own. */
  readonly leadMs?: number;
  readonly isCoarse: boolean;
  readonly isMissing: boolean;
}

const UNSEEN: SeenClock = { isCoarse: false, isMissing: false };

function see(clock: SeenClock = UNSEEN, stamp: bigint, { receivedAtMs, flags }: Sibling): SeenClock {
  if (flags.includes('observed-at-missing')) return { ...clock, isMissing: true };
  const leadMs = observedAtMsOf(stamp) - receivedAtMs;
  return {
    leadMs: Math.max(leadMs, clock.leadMs ?? leadMs),
    isCoarse: clock.isCoarse || flags.includes('coarse-clock'),
    isMissing: clock.isMissing,
  };
}

function faultsOf({ leadMs, isCoarse, isMissing }: SeenClock): readonly Omit<DoubtfulClock, 'source'>[] {
  const faults: Omit<DoubtfulClock, 'source'>[] = [];
  if (leadMs !== undefined && leadMs > CLOCK_TOLERANCE_MS) faults.push({ fault: 'ahead', offsetMs: leadMs });
  if (leadMs !== undefined && leadMs < -LATE_MS) faults.push({ fault: 'behind-or-late', offsetMs: leadMs });
  if (isCoarse) faults.push({ fault: 'coarse-clock', offsetMs: null });
  if (isMissing) faults.push({ fault: 'observed-at-missing', offsetMs: null });
  return faults;
}
