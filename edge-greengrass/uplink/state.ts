import type { Lane } from '../../core/sync/frame.ts';
import type { Waiting } from '../../core/sync/outbox.ts';
import type { Fates } from '../../core/sync/trace.ts';
import type { Priority } from '../ports.ts';
import type { Journal } from './journal.ts';
import type { LaneLink } from './lane.ts';

export interface UplinkState {
  readonly isUp: boolean;
  /** Messages that the next hop has not acknowledged. */
  readonly inFlight: number;
  readonly published: number;
  readonly failed: number;
  readonly lastAckAtMs?: number;
  /** Whether readings of earlier wait to be sent. */
  readonly hasBacklog: Readonly<Record<Priority, boolean>>;
  readonly waiting: Readonly<Record<Lane, Waiting>>;
  readonly fates: Fates;
  /** Records of the spool that are no readings. */
  readonly unreadable: number;
  /** Readings that no message of the line holds. */
  readonly tooLarge: number;
}

export type Links = Readonly<Record<Lane, LaneLink>>;
export type Journals = Readonly<Record<Priority, Journal>>;

/** What lanes and journals count, in one. */
export function countsOf(
  { critical, bulk }: Links,
  journals: Journals,
): Omit<UplinkState, 'isUp' | 'inFlight' | 'lastAckAtMs'> {
  const counts = [critical.counts(), bulk.counts()];
  const troubles = Object.values(journals).map((journal) => journal.counts());
  const [one, other] = [critical.sender.fates(), bulk.sender.fates()];
  return {
    published: sumOf(counts, ({ published }) => published),
    failed: sumOf(counts, ({ failed }) => failed),
    hasBacklog: {
      critical: journals.critical.hasBacklog(),
      normal: journals.normal.hasBacklog(),
      low: journals.low.hasBacklog(),
    },
    waiting: { critical: critical.sender.waiting(), bulk: bulk.sender.waiting() },
    fates: {
      suppressed: one.suppressed + other.suppressed,
      coalesced: one.coalesced + other.coalesced,
      sent: one.sent + other.sent,
      dropped: one.dropped + other.dropped,
    },
    unreadable: sumOf(troubles, ({ unreadable }) => unreadable),
    tooLarge: sumOf(troubles, ({ tooLarge }) => tooLarge),
  };
}

function sumOf<T>(all: readonly T[], amount: (each: T) => number): number {
  return all.reduce((sum, each) => sum + amount(each), 0);
}
