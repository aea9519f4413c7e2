import path from 'node:path';
import { PRIORITIES, type Priority, type Spool } from '../ports.ts';
import { createLog, type Log } from './log.ts';
import { readPositions, writePositions } from './positions.ts';

export interface SpoolOptions {
  readonly directory: string;
  /** Over all priorities; beyond it the oldest segment of the lowest priority goes. */
  readonly bytesMax?: number;
  readonly ageMaxMs?: number;
  /** A thirty-second of `bytesMax` at most. */
  readonly segmentBytesMax?: number;
  readonly batchBytesMax?: number;
  /** So long the first of a batch waits for others; what is critical never does. */
  readonly batchDelayMs?: number;
  readonly nowMs: () => number;
}

export const SPOOL_DEFAULTS = {
  bytesMax: 2 * 1024 ** 3,
  ageMaxMs: 7 * 24 * 60 * 60 * 1000,
  segmentBytesMax: 4 * 1024 * 1024,
  batchBytesMax: 256 * 1024,
  /** Fifty flushes a second write some 17 GB a day to a disk of 4 KiB pages, which cheap flash bears for years. */
  batchDelayMs: 10,
} as const;

/** Of the whole: so much at most goes at once, for want of space or by age. */
const SEGMENTS_MIN = 32;

/**
 * Opens the spool of a directory, with what it held before. A disk that does not answer is told as a fault; each append
 * tries anew.
 */
export async function createSpool(given: SpoolOptions): Promise<Spool> {
  const options = { ...SPOOL_DEFAULTS, ...given };
  const { directory, bytesMax, ageMaxMs } = options;
  const positions = await readPositions(directory);
  const logs = new Map<Priority, Log>();
  let agedAtMs = Number.NEGATIVE_INFINITY;
  let saving: Promise<void> | undefined;
  let isSaveDue = false;

  const logOf = (priority: Priority): Log => {
    const log = logs.get(priority);
    if (!log) throw new Error(`no log for the priority ${priority}, expected one of ${PRIORITIES.join(', ')}`);
    return log;
  };

  /** What is more important than the record that needs the room never goes for it. */
  const makeRoom = (priority: Priority, bytes: number): void => {
    dropAged();
    const victims = PRIORITIES.slice(PRIORITIES.indexOf(priority)).toReversed().map(logOf);
    while (heldBytes() + bytes > bytesMax) {
      if (!victims.some((log) => log.dropOldest('full'))) throw new FullError(bytesMax);
      void save();
    }
  };

  const heldBytes = (): number => [...logs.values()].reduce((sum, log) => sum + log.bytes(), 0);

  const dropAged = (): void => {
    const now = options.nowMs();
    if (now - agedAtMs < ageMaxMs / SEGMENTS_MIN) return;
    agedAtMs = now;
    for (const log of logs.values()) {
      while (now - (log.oldestSegmentAtMs() ?? now) > ageMaxMs) {
        if (!log.dropOldest('expired')) break;
        void save();
      }
    }
  };

  /** One at a time; who comes meanwhile shares the next. */
  const save = async (): Promise<void> => {
    isSaveDue = true;
    await saving;
    if (!isSaveDue) return;
    isSaveDue = false;
    const now = (priority: Priority) => logOf(priority).positions();
    const all = { critical: now('critical'), normal: now('normal'), low: now('low') };
    saving = writePositions(directory, all).catch(() => {
      // The logs tell of a disk that takes nothing. After a restart more is sent again than would be needed.
    });
    await saving;
  };

  for (const priority of PRIORITIES) {
    const log = await createLog({
      ...options,
      directory: path.join(directory, priority),
      segmentBytesMax: Math.min(options.segmentBytesMax, Math.floor(bytesMax / SEGMENTS_MIN)),
      segmentAgeMaxMs: ageMaxMs / SEGMENTS_MIN,
      batchDelayMs: priority === 'critical' ? 0 : options.batchDelayMs,
      positions: positions[priority],
      makeRoom: (bytes) => makeRoom(priority, bytes),
    });
    logs.set(priority, log);
  }
  dropAged();

  return {
    append: async (priority, bytes) => BigInt(await logOf(priority).append(bytes)),
    read: (priority, from, bytesMax) => {
      dropAged();
      return logOf(priority).read(Number(from), bytesMax);
    },
    async release(priority, upTo) {
      await logOf(priority).release(Number(upTo));
      await save();
    },
    state: () => ({
      critical: logOf('critical').state(),
      normal: logOf('normal').state(),
      low: logOf('low').state(),
    }),
    async close() {
      await Promise.all([...logs.values()].map((log) => log.close()));
      await saving;
    },
  };
}

class FullError extends Error {
  override readonly name = 'FullError';
  readonly code = 'FULL';

  constructor(bytesMax: number) {
    super(`${bytesMax} bytes hold nothing that may go for less important readings`);
  }
}
