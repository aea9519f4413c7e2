import type { Worker } from 'node:worker_threads';

/** A thread that hoards buffers gets about 1 MB a millisecond, so this bounds what it takes beyond its limit. */
const INTERVAL_MS = 100;

/**
 * Watches what a thread holds outside its heap, such as buffers, which V8's own limits leave out. Calls `onExceeded`
 * once when that is more than `limitMb`, also while the thread is busy. Gives what ends it.
 */
export function watchExternalMemory(worker: Worker, limitMb: number, onExceeded: () => void): () => void {
  const timer = setInterval(() => void look(), INTERVAL_MS);

  async function look(): Promise<void> {
    try {
      const { external_memory: externalBytes } = await worker.getHeapStatistics();
      if (externalBytes > limitMb * 1024 * 1024) {
        clearInterval(timer);
        onExceeded();
      }
    } catch {
      // The thread has ended, and its end is reported elsewhere.
      clearInterval(timer);
    }
  }

  return () => clearInterval(timer);
}
