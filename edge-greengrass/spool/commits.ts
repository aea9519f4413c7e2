import { setTimeout as sleep } from 'node:timers/promises';

export interface CommitOptions {
  /** Of what is written at once. */
  readonly batchBytesMax: number;
  /** So long the first of a batch waits for others; 0: only while another batch is being written. */
  readonly batchDelayMs: number;
  /** Writes all of them or throws; returns the position of the first, the others' follow. */
  readonly write: (batch: readonly Uint8Array[]) => Promise<number>;
}

/** Lets those who write at the same time share one write, in the order in which they came. */
export interface Commits {
  add(bytes: Uint8Array): Promise<number>;
  /** Writes what waits; nothing may be added any more. */
  close(): Promise<void>;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly resolve: (position: number) => void;
  readonly reject: (error: unknown) => void;
}

export function createCommits({ batchBytesMax, batchDelayMs, write }: CommitOptions): Commits {
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let running: Promise<void> | undefined;
  let isClosing = false;

  const takeBatch = (): readonly Waiting[] => {
    let count = 0;
    let bytes = 0;
    for (const { bytes: each } of waiting) {
      if (count > 0 && bytes + each.length > batchBytesMax) break;
      count += 1;
      bytes += each.length;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    waitingBytes -= bytes;
    return batch;
  };

  const run = async (): Promise<void> => {
    // Who asks in the same turn shares the write.
    await Promise.resolve();
    while (waiting.length > 0) {
      if (batchDelayMs > 0 && waitingBytes < batchBytesMax && !isClosing) await sleep(batchDelayMs);
      const batch = takeBatch();
      try {
        const first = await write(batch.map(({ bytes }) => bytes));
        for (const [index, { resolve }] of batch.entries()) resolve(first + index);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running = undefined;
  };

  return {
    add: (bytes) =>
      new Promise((resolve, reject) => {
        waiting.push({ bytes, resolve, reject });
        waitingBytes += bytes.length;
        running ??= run();
      }),
    async close() {
      isClosing = true;
      await running;
    },
  };
}
