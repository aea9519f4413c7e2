import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Of /proc: times are in ticks of this many a second on every Linux that Node runs on (`getconf CLK_TCK`). */
const TICKS_PER_S = 100;
const KIB = 1024;

/** What a process, its children and each of their threads have used. */
export interface ProcessUsage {
  readonly atMs: number;
  /** Resident sets. */
  readonly residentBytes: number;
  /** Thread id → its name and its CPU time. */
  readonly threads: ReadonlyMap<string, ThreadUsage>;
}

interface ThreadUsage {
  readonly name: string;
  readonly cpuSeconds: number;
}

/** Undefined where there is no /proc. */
export function processUsage(pid: number): ProcessUsage | undefined {
  if (!existsSync(`/proc/${pid}`)) return undefined;
  const threads = new Map<string, ThreadUsage>();
  const residentBytes = addUsage(pid, '', threads);
  return { atMs: Date.now(), residentBytes, threads };
}

/** Enters the threads of a process and of its children; returns the memory that these hold. */
function addUsage(pid: number | string, prefix: string, threads: Map<string, ThreadUsage>): number {
  const directory = `/proc/${pid}`;
  let residentBytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`${directory}/status`, 'utf8'))?.[1]) * KIB;
  for (const id of readdirSync(`${directory}/task`)) {
    const usage = threadUsage(`${directory}/task/${id}/stat`);
    if (!usage) continue;
    threads.set(id, { ...usage, name: prefix + usage.name });
    for (const child of readFileSync(`${directory}/task/${id}/children`, 'utf8').split(' ').filter(Boolean)) {
      residentBytes += addUsage(child, `${scriptOf(child)}: `, threads);
    }
  }
  return residentBytes;
}

/** Of a Node process: its script without directory and extension. */
function scriptOf(pid: string): string {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  return path.parse(words.find((word) => /\.[mc]?[jt]s$/.test(word)) ?? 'child').name;
}

/** Undefined for a thread that has just ended. */
function threadUsage(statFile: string): ThreadUsage | undefined {
  let stat: string;
  try {
    stat = readFileSync(statFile, 'utf8');
  } catch {
    return undefined;
  }
  // proc_pid_stat(5): the name in parentheses is field 2, utime and stime are fields 14 and 15.
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  return {
    name: stat.slice(stat.indexOf('(') + 1, end),
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S,
  };
}

/** Thread name → the CPU seconds that the threads of that name used between two looks, the busiest first. */
export function cpuSecondsByThread(
  before: ProcessUsage,
  after: ProcessUsage,
): readonly (readonly [thread: string, cpuSeconds: number])[] {
  const byName = new Map<string, number>();
  for (const [id, { name, cpuSeconds }] of after.threads) {
    const used = cpuSeconds - (before.threads.get(id)?.cpuSeconds ?? 0);
    byName.set(name, (byName.get(name) ?? 0) + used);
  }
  return [...byName].sort(([, a], [, b]) => b - a);
}
