import { startLocalCloud, withTemporaryDirectory } from './support/local-cloud.ts';
import { type Benchmark, spreadCells } from './support/report.ts';
import { spreadOf } from './support/statistics.ts';

/**
 * How long a newcomer waits: from starting the process to its `ready` line, cold (an empty data directory, so the
 * template is synthesized) and warm (the same directory again), and from Ctrl-C to the end of the process.
 */
export const start: Benchmark = async ({ runs }, progress) => {
  const cold: number[] = [];
  const warm: number[] = [];
  const stop: number[] = [];
  for (let run = 0; run < runs; run++) {
    await withTemporaryDirectory(async (directory) => {
      for (const [name, times] of [
        ['cold', cold],
        ['warm', warm],
      ] as const) {
        progress(`start: ${name}, run ${run + 1} of ${runs}`);
        const cloud = await startLocalCloud(directory);
        times.push(cloud.readyMs / 1000);
        stop.push((await cloud.stop()) / 1000);
      }
    });
  }
  const row = (what: string, seconds: readonly number[]) => ({ what, ...spreadCells(spreadOf(seconds), 2), unit: 's' });
  return [
    {
      title: `Start and stop, ${runs} runs`,
      rows: [row('cold start to ready', cold), row('warm start to ready', warm), row('Ctrl-C to end', stop)],
    },
  ];
};
