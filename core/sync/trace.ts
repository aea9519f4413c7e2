/** Where whoever sends keeps a reading until the receiver has it. */
export interface Kept {
  readonly journal: string;
  /** Later ones are greater. */
  readonly position: bigint;
}

/** Of one attribute, from the least to the one that decides what is said of its reading. */
const FATES = ['suppressed', 'coalesced', 'sent', 'dropped'] as const;
/**
 * What became of a reading: `suppressed`, it said nothing new; `coalesced`, a later one went in its place; `sent`;
 * `dropped`, for want of room.
 */
type Fate = (typeof FATES)[number];
export type Fates = Readonly<Record<Fate, number>>;

/** One reading on its way: it has a fate when all its attributes have one. */
export interface Trace {
  readonly kept?: Kept | undefined;
  open: number;
  fate: Fate;
}

/** Counts what becomes of readings. */
export interface Traces {
  begin(attributes: number, kept?: Kept): Trace;
  /** Of one attribute; nothing where nobody follows it. */
  close(trace: Trace | undefined, fate: Fate): void;
  fates(): Fates;
}

export function createTraces(): Traces {
  const counts = { suppressed: 0, coalesced: 0, sent: 0, dropped: 0 };
  return {
    begin: (attributes, kept) => ({ kept, open: attributes, fate: 'suppressed' }),
    close(trace, fate) {
      if (!trace) return;
      trace.open -= 1;
      if (FATES.indexOf(fate) > FATES.indexOf(trace.fate)) trace.fate = fate;
      if (trace.open === 0) counts[trace.fate] += 1;
    },
    fates: () => ({ ...counts }),
  };
}

/** The lowest position of each journal. */
export function lowestOf(all: Iterable<Kept | undefined>): ReadonlyMap<string, bigint> {
  const lowest = new Map<string, bigint>();
  for (const kept of all) {
    if (kept && kept.position < (lowest.get(kept.journal) ?? kept.position + 1n)) {
      lowest.set(kept.journal, kept.position);
    }
  }
  return lowest;
}
