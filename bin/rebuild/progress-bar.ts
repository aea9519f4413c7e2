import cliProgress from 'cli-progress';
import type { RebuildProgress } from './rebuild.ts';

const MIB = 1024 * 1024;

/** On standard error, so that what is printed stays clean; nothing at all where nobody watches. */
export function rebuildBar(): RebuildProgress & { stop(): void } {
  const bar = new cliProgress.SingleBar({
    format: '{stage} [{bar}] {percentage}% | {detail} | {duration_formatted}',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  let stage = '';
  const show = (name: string, value: number, total: number, detail: string): void => {
    if (stage !== name) bar.start(total, value, { stage: name, detail });
    stage = name;
    bar.update(value, { stage: name, detail });
  };
  return {
    joined(bytes, bytesTotal, observations) {
      const [mib, mibTotal] = [bytes, bytesTotal].map((each) => Math.ceil(each / MIB));
      show('joining the log', bytes, bytesTotal, `${mib} of ${mibTotal} MiB, ${observations} observations`);
    },
    placed: (partitions, partitionsTotal, twins) => show('writing', partitions, partitionsTotal, `${twins} twins`),
    stop: () => bar.stop(),
  };
}
