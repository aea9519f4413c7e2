import type { Progress } from '../support/report.ts';
import { processUsage } from './process-usage.ts';

const SAMPLES = 6;
const MIB = 2 ** 20;

export interface MemorySample {
  readonly afterMs: number;
  readonly bytes: number;
}

/** Looks at a process's memory at equal intervals over so many seconds. Gives what ends it and returns the samples. */
export function watchMemory(pid: number, seconds: number, progress: Progress): () => readonly MemorySample[] {
  const startedMs = Date.now();
  const samples: MemorySample[] = [];
  const look = (): void => {
    const usage = processUsage(pid);
    if (!usage) return;
    const sample = { afterMs: usage.atMs - startedMs, bytes: usage.residentBytes };
    samples.push(sample);
    const afterS = Math.round(sample.afterMs / 1000);
    progress(`path: ${afterS} of ${seconds} s, the local cloud holds ${Math.round(sample.bytes / MIB)} MiB`);
  };
  look();
  const timer = setInterval(look, (seconds * 1000) / (SAMPLES - 1));
  return () => {
    clearInterval(timer);
    return samples;
  };
}
