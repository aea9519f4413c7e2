import type { Task } from '../support/throughput.ts';

const WARMUP_MS = 200;
const MEASURED_MS = 500;

/**
 * Units a second of CPU time, as the operating system counts it for this process. What the machine does beside it hardly
 * matters, as it does to a clock on the wall; that compiling and collecting garbage are counted too is to our harm.
 */
export function cpuRate({ work, unitsPerCall }: Task): number {
  repeat(work, WARMUP_MS);
  const { calls, cpuMs } = repeat(work, MEASURED_MS);
  return (1000 * calls * unitsPerCall) / cpuMs;
}

function repeat(work: () => unknown, enoughMs: number): { calls: number; cpuMs: number } {
  const start = process.cpuUsage();
  for (let calls = 1; ; calls += 1) {
    work();
    const { user, system } = process.cpuUsage(start);
    const cpuMs = (user + system) / 1000;
    if (cpuMs >= enoughMs) return { calls, cpuMs };
  }
}
