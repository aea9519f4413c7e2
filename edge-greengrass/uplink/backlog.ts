import type { FrameReading } from '../../core/sync/frame.ts';
import type { Priority, Spool } from '../ports.ts';
import { decodeReading } from '../spool/reading-record.ts';

/** Of records that are read from the spool at once. */
const READ_BYTES = 64 * 1024;
const READ_AGAIN_MS = 1000;

interface BacklogItem {
  readonly position: bigint;
  readonly reading: FrameReading;
}

/** What of one priority's log is still to be relayed, in order. */
export interface Backlog {
  /** Positions that come behind all others, both inclusive. */
  add(from: bigint, to: bigint): void;
  /** The next reading; undefined where there is none, or it is being read from the spool. */
  next(elapsedMs: number): BacklogItem | undefined;
  /** The next reading was taken. */
  shift(): void;
  isEmpty(): boolean;
  /** The lowest position that was not taken yet. */
  lowest(): bigint | undefined;
  /** The first position that is taken by somebody else: what stands before it was there at the start. */
  closeStart(before: bigint): void;
  /** Behind the last position that was read. */
  reached(): bigint;
  /** Records that are no readings. */
  unreadable(): number;
}

interface Range {
  next: bigint;
  /** Undefined for what was there at the start, as long as nobody knows where it ends. */
  to: bigint | undefined;
}

/** @param start the first position of what the spool held at the start, or less */
export function createBacklog(priority: Priority, spool: Pick<Spool, 'read'>, start: bigint): Backlog {
  let ranges: Range[] = [{ next: start, to: undefined }];
  let ahead: BacklogItem[] = [];
  let isReading = false;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reached = start;
  let unreadable = 0;

  const isDone = ({ next, to }: Range): boolean => to !== undefined && next > to;

  const read = async (range: Range): Promise<void> => {
    const { next, to } = range;
    const records = await spool.read(priority, next, READ_BYTES);
    for (const { position, bytes } of records) {
      if (range.to !== undefined && position > range.to) break;
      range.next = position + 1n;
      const decoded = decodeReading(bytes);
      if (decoded.ok) ahead.push({ position, reading: decoded.reading });
      else unreadable += 1;
    }
    if (range.next > reached) reached = range.next;
    // Nothing more is held of it; unless it grew in the meantime, then the next look tells.
    const isExhausted = range.next === next && range.to === to;
    if (isExhausted || isDone(range)) ranges = ranges.filter((each) => each !== range);
  };

  const add = (from: bigint, to: bigint): void => {
    if (from > to) return;
    const last = ranges.at(-1);
    if (last?.to !== undefined && last.to + 1n === from) last.to = to;
    else ranges.push({ next: from, to });
  };

  return {
    add,
    next(elapsedMs) {
      const [range] = ranges;
      if (ahead.length === 0 && range && !isReading && elapsedMs >= readAtMs) {
        isReading = true;
        void read(range)
          .catch(() => {
            readAtMs = elapsedMs + READ_AGAIN_MS;
          })
          .finally(() => {
            isReading = false;
          });
      }
      return ahead[0];
    },
    shift() {
      ahead.shift();
    },
    isEmpty: () => ahead.length + ranges.length === 0,
    lowest: () => ahead[0]?.position ?? ranges[0]?.next,
    closeStart(before) {
      const start = ranges.find(({ to }) => to === undefined);
      if (!start) return add(reached, before - 1n);
      start.to = before - 1n;
      ranges = ranges.filter((range) => !isDone(range));
    },
    reached: () => reached,
    unreadable: () => unreadable,
  };
}
