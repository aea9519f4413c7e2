import type { FrameReading } from '../../core/sync/frame.ts';
import type { Priority, Spool } from '../ports.ts';
import { createBacklog } from './backlog.ts';
import type { LaneLink } from './lane.ts';

export interface JournalOptions {
  readonly priority: Priority;
  readonly spool: Pick<Spool, 'read' | 'release'>;
  readonly link: LaneLink;
  /** What does not can never be sent. */
  readonly fits: (reading: FrameReading) => boolean;
  /** Readings that wait, each for itself: with more, those that follow go by the backlog. */
  readonly logWaitingMax: number;
  readonly onProblem: (message: string) => void;
}

/** One priority's log on its way up: what goes live, what goes later, and what may be let go. */
export interface Journal {
  take(reading: FrameReading, position: bigint, nowMs: number): void;
  /** Hands what was kept back to the sender, as far as that has room. False where nothing is left. */
  feed(elapsedMs: number): boolean;
  /** Lets go of what the cloud has, or what later readings stand for. */
  settle(): Promise<void>;
  hasBacklog(): boolean;
  counts(): { readonly unreadable: number; readonly tooLarge: number };
}

export function createJournal({ priority, spool, link, fits, logWaitingMax, onProblem }: JournalOptions): Journal {
  const { sender } = link;
  const backlog = createBacklog(priority, spool, 0n);
  /** The highest position that was taken. */
  let taken: bigint | undefined;
  let released = -1n;
  let tooLarge = 0;

  /** Positions between two that were taken may be on their way here, so they go by the backlog. */
  const closeGap = (position: bigint): void => {
    if (taken === undefined) backlog.closeStart(position);
    else backlog.add(taken + 1n, position - 1n);
  };

  return {
    take(reading, position, nowMs) {
      const isLate = taken !== undefined && position <= taken;
      if (!isLate) {
        closeGap(position);
        taken = position;
      }
      if (!fits(reading)) {
        tooLarge += 1;
        return;
      }
      if (!isLate && link.isFlowing() && sender.waiting().log < logWaitingMax) {
        sender.observe(reading, nowMs, { journal: priority, position });
        return;
      }
      if (!isLate) backlog.add(position, position);
      sender.anticipate(reading, nowMs);
    },

    feed(elapsedMs) {
      if (!link.isFlowing()) return !backlog.isEmpty();
      for (let item = backlog.next(elapsedMs); item; item = backlog.next(elapsedMs)) {
        const { position, reading } = item;
        if (!fits(reading)) tooLarge += 1;
        else if (!sender.relay(reading, { journal: priority, position })) break;
        backlog.shift();
      }
      return !backlog.isEmpty();
    },

    async settle() {
      const lowest = [sender.unsettled().get(priority), backlog.lowest()].filter((each) => each !== undefined);
      const behind = taken !== undefined && taken >= backlog.reached() ? taken + 1n : backlog.reached();
      const upTo = lowest.reduce((least, each) => (each < least ? each : least), behind) - 1n;
      if (upTo <= released) return;
      released = upTo;
      await spool.release(priority, upTo).catch((error: unknown) => {
        onProblem(`cannot release the ${priority} log up to ${upTo}: ${String(error)}`);
      });
    },

    hasBacklog: () => !backlog.isEmpty(),
    counts: () => ({ unreadable: backlog.unreadable(), tooLarge }),
  };
}
