import { PRIORITIES, type Priority } from '../ports.ts';

/** Readings that may wait for the disk, a priority: at 2000 a second a disk may hang for two seconds. */
export const WAITING_MAX = 4096;
/** So many are given to the disk at a time, a priority: they share one flush, and what follows it must not hold up a siren. */
export const WRITING_MAX = 128;
/** Who can wait gets no more of the room than this share, so that there is some for those who cannot. */
const PATIENT_SHARE = 1 / 2;

export interface JournalOptions<Reading> {
  /** Resolves once the reading survives a crash; rejects where the disk takes nothing. */
  write(priority: Priority, reading: Reading): Promise<void>;
  /** Readings a priority that wait; `WAITING_MAX` where absent. */
  readonly waitingMax?: number;
}

/** What stands between a reading and the disk: bounded, and critical readings first. */
export interface Journal<Reading> {
  hasRoom(priority: Priority): boolean;
  /** False where there is no room. Whether it was written in the end is for `write` to tell. */
  offer(priority: Priority, reading: Reading): boolean;
  /** Waits for room; resolves once the reading survives a crash, rejects where it does not. */
  accept(priority: Priority, reading: Reading): Promise<void>;
  /** Resolves once nothing waits any more. */
  drain(): Promise<void>;
}

interface Entry<Reading> {
  readonly reading: Reading;
  /** Absent where nobody waits for it. */
  readonly written?: PromiseWithResolvers<void>;
}

/** One priority's way to the disk. */
interface Queue<Reading> {
  readonly priority: Priority;
  readonly entries: Entry<Reading>[];
  /** For whom there was no room yet. */
  readonly patient: Entry<Reading>[];
  writing: number;
}

export function createJournal<Reading>(options: JournalOptions<Reading>): Journal<Reading> {
  const { waitingMax = WAITING_MAX } = options;
  const queues = new Map(
    PRIORITIES.map((priority): [Priority, Queue<Reading>] => [
      priority,
      { priority, entries: [], patient: [], writing: 0 },
    ]),
  );
  let drained: PromiseWithResolvers<void> | undefined;

  const queueOf = (priority: Priority): Queue<Reading> => {
    const queue = queues.get(priority);
    if (!queue) throw new TypeError(`priority: got ${priority}, expected one of ${PRIORITIES.join(', ')}`);
    return queue;
  };

  const hasRoom = (priority: Priority): boolean => queueOf(priority).entries.length < waitingMax;

  const isEmpty = (): boolean =>
    [...queues.values()].every(({ entries, patient, writing }) => entries.length + patient.length + writing === 0);

  const writeOne = async (queue: Queue<Reading>, { reading, written }: Entry<Reading>): Promise<void> => {
    try {
      await options.write(queue.priority, reading);
      written?.resolve();
    } catch (error) {
      written?.reject(error);
    }
    queue.writing -= 1;
    pump();
  };

  /** Critical readings go to the disk first; while one still waits for it, no other is given to it. */
  const pump = (): void => {
    for (const queue of queues.values()) {
      const { entries, patient } = queue;
      const places = Math.max(0, Math.ceil(waitingMax * PATIENT_SHARE) - entries.length);
      entries.push(...patient.splice(0, places));
      for (const entry of entries.splice(0, WRITING_MAX - queue.writing)) {
        queue.writing += 1;
        void writeOne(queue, entry);
      }
      if (entries.length > 0) break;
    }
    if (!isEmpty()) return;
    drained?.resolve();
    drained = undefined;
  };

  return {
    hasRoom,

    offer(priority, reading) {
      if (!hasRoom(priority)) return false;
      queueOf(priority).entries.push({ reading });
      pump();
      return true;
    },

    accept(priority, reading) {
      const written = Promise.withResolvers<void>();
      queueOf(priority).patient.push({ reading, written });
      pump();
      return written.promise;
    },

    async drain() {
      if (isEmpty()) return;
      drained ??= Promise.withResolvers();
      await drained.promise;
    },
  };
}
