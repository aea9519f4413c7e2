import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** What a figure means nothing without. */
export function machineFacts(): Readonly<Record<string, string | number>> {
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpuCount: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    ...loadFact(),
  };
}

/** The averages over 1, 5 and 15 minutes: how much else asked for the CPUs. */
export function loadFact(): { readonly loadAverage: string } {
  return {
    loadAverage: loadavg()
      .map((load) => load.toFixed(1))
      .join(' '),
  };
}
