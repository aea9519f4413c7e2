import { rounded, type Table } from '../support/report.ts';
import { percentile, slopeOf } from '../support/statistics.ts';
import { ASSETS, READING_BYTES } from '../support/workload.ts';
import { acknowledged, type Ledger } from './ledger.ts';
import type { MemorySample } from './memory-watch.ts';
import { cpuSecondsByThread, type ProcessUsage } from './process-usage.ts';
import type { LogFindings } from './read-log.ts';

/** Threads that used less are left out. */
const CPU_SECONDS_MIN = 0.05;
const MIB = 2 ** 20;
const MEMORY_ROWS = 10;
const MINUTE_MS = 60_000;

/** What a run of the whole path has left behind. */
export interface PathRun {
  readonly offered: string;
  readonly startAtMs: number;
  readonly ledger: Ledger;
  /** When the last acknowledged reading of every asset stood in its twin. */
  readonly arrivedAtMs: number;
  readonly log: LogFindings;
  /** From publishing to finding in the twin, in the order of publishing. */
  readonly probedMs: readonly number[];
  readonly memory: readonly MemorySample[];
  /** Of the local cloud, before the first reading and after the last twin; undefined where there is no /proc. */
  readonly usage: readonly [before: ProcessUsage | undefined, after: ProcessUsage | undefined];
  /** Of the devices and probes. */
  readonly ownCpuSeconds: number;
}

export function pathTables(run: PathRun): readonly Table[] {
  const numbers = acknowledged(run.ledger);
  return [
    {
      title: `The whole path: ${READING_BYTES}-byte readings of ${ASSETS} assets, ${run.offered}`,
      rows: [throughputRow(run, numbers)],
    },
    { title: 'Latency from when a reading was due', rows: latencyRows(run, numbers) },
    { title: 'Memory of the local cloud, resident, all its processes', rows: memoryRows(run.memory) },
    {
      title: 'CPU by thread of the local cloud, from the first reading to the last twin',
      rows: cpuRows(run, numbers.length),
    },
  ];
}

function throughputRow({ startAtMs, ledger, arrivedAtMs, log }: PathRun, numbers: readonly number[]) {
  const lastAcknowledgedMs = ledger.acknowledgedAtMs.reduce((last, atMs) => Math.max(last, atMs), 0);
  const perSecond = (endMs: number) => rounded((numbers.length * 1000) / (endMs - startAtMs));
  return {
    sent: ledger.dueAtMs.reduce((count, atMs) => (atMs > 0 ? count + 1 : count), 0),
    acknowledged: numbers.length,
    'acknowledged/s': perSecond(lastAcknowledgedMs),
    'in twins/s': perSecond(arrivedAtMs),
    'in twins after last ack, ms': arrivedAtMs - lastAcknowledgedMs,
    lost: log.lost,
    'repeated in log': log.repeated,
    'readings per log record': rounded(log.observations / log.records, 1),
  };
}

function latencyRows({ ledger, log, probedMs }: PathRun, numbers: readonly number[]) {
  const third = Math.ceil(probedMs.length / 3);
  const acknowledgedMs = numbers.map(
    (number) => (ledger.acknowledgedAtMs[number] ?? 0) - (ledger.dueAtMs[number] ?? 0),
  );
  return [
    latencyRow('acknowledged', acknowledgedMs),
    latencyRow('in the log', log.latenciesMs),
    latencyRow('in the twin (probes)', probedMs),
    // A path that cannot keep up shows as probes that take longer and longer.
    latencyRow('  the first third of them', probedMs.slice(0, third)),
    latencyRow('  the last third of them', probedMs.slice(-third)),
  ];
}

function latencyRow(what: string, latenciesMs: readonly number[]) {
  const at = (percent: number) => rounded(percentile(latenciesMs, percent));
  return {
    'until it is': what,
    samples: latenciesMs.length,
    'p50 ms': at(50),
    'p95 ms': at(95),
    'p99 ms': at(99),
    'max ms': at(100),
  };
}

/** A tenth of the time a row; then what it grows by a minute once it is warm: the slope over the second half. */
function memoryRows(samples: readonly MemorySample[]) {
  const step = Math.ceil(samples.length / MEMORY_ROWS);
  const rows = samples
    .filter((_, index) => index % step === 0)
    .map(({ afterMs, bytes }) => ({ when: `after ${rounded(afterMs / 1000)} s`, MiB: rounded(bytes / MIB) }));
  const warm = samples.slice(Math.floor(samples.length / 2));
  if (warm.length < 2) return rows;
  const bytesPerMs = slopeOf(warm.map(({ afterMs, bytes }) => [afterMs, bytes]));
  return [...rows, { when: 'growth a minute, second half', MiB: rounded((bytesPerMs * MINUTE_MS) / MIB, 1) }];
}

/** CPU time a reading says more than cores where others share the machine: it grows far less with their load. */
function cpuRows({ usage: [before, after], ownCpuSeconds }: PathRun, readings: number) {
  if (!before || !after) return [];
  const used = cpuSecondsByThread(before, after);
  const total = used.reduce((sum, [, cpuSeconds]) => sum + cpuSeconds, 0);
  const shown = [
    ...used.filter(([, cpuSeconds]) => cpuSeconds >= CPU_SECONDS_MIN),
    ['the local cloud', total] as const,
    ['this benchmark', ownCpuSeconds] as const,
  ];
  return shown.map(([thread, cpuSeconds]) => ({
    thread,
    'CPU µs/reading': rounded((cpuSeconds * 1e6) / readings),
    cores: rounded((cpuSeconds * 1000) / (after.atMs - before.atMs), 3),
  }));
}
