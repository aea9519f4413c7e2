import { Command } from 'commander';
import { formatStamp } from '../../core/twin/stamp.ts';
import type { Entry } from '../../core/twin/twin.ts';
import { printJson, printTable } from '../print.ts';
import { isoOf, rebuiltJson, rebuiltRows, shortcomings } from '../rebuild/describe.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';
import { countOption, timeOption } from '../time-option.ts';
import type { Verification } from '../verify/verify.ts';

interface Options extends TargetOptions {
  readonly bucket?: string;
  readonly workers?: number;
  readonly grace: number;
  readonly checkpointUntil?: number;
  readonly json?: boolean;
}

/** Longer than a reading takes from its receipt to its twin while the city is in health. */
const GRACE_S = 60;
const SHOWN_MAX = 100;

export function verifyCommand(): Command {
  return addTargetOptions(new Command('verify'))
    .description('compare the live twins with a rebuild from checkpoint and log, and print where they differ')
    .option('--grace <seconds>', 'what came so shortly before may not be merged yet', countOption(0), GRACE_S)
    .option('--checkpoint-until <time>', 'a checkpoint that was complete by then, and more of the log', timeOption)
    .option('--bucket <name>', 'the archive, where it is not the one of the account')
    .option('--workers <N>', 'threads; by default one a core', countOption(1))
    .option('--json', 'print what was compared and every divergence as JSON')
    .action(async (options: Options) => {
      const [{ verify }, { rebuildBar }] = await Promise.all([
        import('../verify/verify.ts'),
        import('../rebuild/progress-bar.ts'),
      ]);
      const { bucket, workers, checkpointUntil } = options;
      const bar = rebuildBar();
      try {
        const found = await verify({
          target: targetOf(options),
          ...(bucket !== undefined && { bucket }),
          ...(workers !== undefined && { workers }),
          ...(checkpointUntil !== undefined && { checkpointUntilMs: checkpointUntil }),
          graceMs: options.grace * 1000,
          progress: bar,
        });
        bar.stop();
        if (options.json) printJson(jsonOf(found));
        else print(found);
        for (const line of shortcomings(found.rebuilt)) process.stderr.write(`${line}\n`);
        if (found.divergent > 0 || found.rebuilt.unreadable.length > 0) process.exitCode = 1;
      } finally {
        bar.stop();
      }
    });
}

function print(found: Verification): void {
  const { watermarkMs, equal, newer, divergent, rebuilt } = found;
  printTable(
    ['what', 'how much'],
    [
      ...rebuiltRows(rebuilt),
      ['twins that are equal', equal],
      [`skipped, which differ by what came after ${isoOf(watermarkMs)} alone`, newer],
      ['divergent', divergent],
    ],
  );
  printDivergences(found);
}

function printDivergences({ divergences }: Verification): void {
  if (divergences.length === 0) return;
  process.stdout.write('\n');
  printTable(
    ['asset', 'register', 'source', 'live', 'by the log'],
    divergences
      .slice(0, SHOWN_MAX)
      .map(({ assetId, register, source, live, rebuilt }) => [assetId, register, source, shown(live), shown(rebuilt)]),
  );
  if (divergences.length > SHOWN_MAX) process.stdout.write(`and ${divergences.length - SHOWN_MAX} more: --json\n`);
}

/** The dot's stamp and what it says; nothing where a side does not know the source. */
function shown(entry: Entry | undefined): string {
  if (entry === undefined) return '–';
  const { stamp, sibling } = entry;
  return `${formatStamp(stamp)} ${sibling === undefined ? 'superseded' : JSON.stringify(sibling.value)}`;
}

function jsonOf({ watermarkMs, rebuilt, divergences, ...counts }: Verification): object {
  return {
    watermark: isoOf(watermarkMs),
    ...counts,
    divergences: divergences.map(({ live, rebuilt: logged, ...place }) => ({
      ...place,
      live: entryJson(live),
      rebuilt: entryJson(logged),
    })),
    rebuilt: rebuiltJson(rebuilt),
  };
}

function entryJson(entry: Entry | undefined): object | null {
  return entry === undefined ? null : { ...entry, stamp: formatStamp(entry.stamp) };
}
