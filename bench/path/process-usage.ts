import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Of /proc: times are in ticks of this many a second on every Linux that Node runs on (`getconf CLK_TCK`). */
const TICKS_PER_S = 100;
const KIB = 1024;

/** What a process and each of its threads have used; undefined where there is no /proc. */
export interface ProcessUsage {
  readonly atMs: number;
  /** Resident set. */
  readonly residentBytes: number;
  /** Thread id → its name and its CPU time. */
  readonly threads: ReadonlyMap<string, { readonly name: string; readonly cpuSeconds: number }>;
}

export function processUsage(pid: number): ProcessUsage | undefined {
  const directory = `/proc/${pid}`;
  if (!existsSync(directory)) return undefined;
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`${directory}/status`, 'utf8'))?.[1];
  const threads = readdirSync(`${directory}/task`).flatMap((id) => {
    const usage = threadUsage(`${directory}/task/${id}/stat`);
    return usage ? [[id, usage] as const] : [];
  });
  return { atMs: Date.now(), residentBytes: Number(resident) * KIB, threads: new Map(threads) };
}

/** Undefined for a thread that has just ended. */
function threadUsage(statFile: string) {
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
