import type { Progress } from '../support/report.ts';
import { processUsage } from './process-usage.ts';

const SAMPLE_MS = 1000;
/** How often the progress tells of it. */
const TOLD_TIMES = 5;
const MIB = 2 ** 20;

export interface MemorySample {
  readonly afterMs: number;
  readonly bytes: number;
}

/** Looks at a process's memory once a second. Gives what ends it and returns the samples. */
export function watchMemory(pid: number, seconds: number, progress: Progress): () => readonly MemorySample[] {
  const startedMs = Date.now();
  const samples: MemorySample[] = [];
  const look = (): void => {
    const usage = processUsage(pid);
    if (usage) samples.push({ afterMs: usage.atMs - startedMs, bytes: usage.residentBytes });
  };
  const tell = (): void => {
    const { afterMs = 0, bytes = 0 } = samples.at(-1) ?? {};
    const held = Math.round(bytes / MIB);
    progress(`path: ${Math.round(afterMs / 1000)} of ${seconds} s, the local cloud holds ${held} MiB`);
  };
  look();
  const timers = [setInterval(look, SAMPLE_MS), setInterval(tell, (seconds * 1000) / TOLD_TIMES)];
  return () => {
    timers.forEach((timer) => clearInterval(timer));
    return samples;
  };
}
