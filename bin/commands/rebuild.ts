import { Command, Option } from 'commander';
import { countOption, timeOption } from '../time-option.ts';
import type { BuildReport } from '../rebuild/build.ts';
import { CommandError } from '../command-error.ts';
import { printJson, printTable } from '../print.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';

interface Options extends TargetOptions {
  readonly from?: number;
  readonly to?: number;
  readonly asOf?: number;
  readonly checkpointUntil?: number;
  readonly table?: string;
  readonly out?: string;
  readonly bucket?: string;
  readonly workers?: number;
  readonly json?: boolean;
}

export function rebuildCommand(): Command {
  return addTargetOptions(new Command('rebuild'))
    .description('build the twins from the newest checkpoint and the log behind it; goes on where it was interrupted')
    .option('--table <name>', 'write them to a new table like the live one')
    .option('--as-of <time>', 'the city as it was then, printed as the API shows twins, a line each', timeOption)
    .option(
      '--from <time>',
      'from empty, only what was received at or after: ISO 8601 or epoch milliseconds',
      timeOption,
    )
    .option('--to <time>', 'from empty, only what was received before', timeOption)
    .option('--checkpoint-until <time>', 'a checkpoint that was complete by then, and more of the log', timeOption)
    .option('--out <file>', 'write the twins there, a line each, as checkpoints have them')
    .option('--bucket <name>', 'the archive, where it is not the one of the account')
    .addOption(new Option('--workers <N>', 'threads; by default one a core').argParser(countOption(1)))
    .option('--json', 'print the summary as JSON')
    .action(async (options: Options) => {
      const { from, to, asOf, table, out, json = false } = options;
      if (asOf !== undefined && (from !== undefined || to !== undefined)) {
        throw new CommandError('--as-of goes with a checkpoint, --from and --to with none: give one or the other');
      }
      if (from !== undefined && to !== undefined && from >= to) throw new CommandError('--from must be before --to');
      const [{ buildTwins }, { rebuildBar }] = await Promise.all([
        import('../rebuild/build.ts'),
        import('../rebuild/progress-bar.ts'),
      ]);
      const bar = rebuildBar();
      try {
        const report = await buildTwins({
          target: targetOf(options),
          wanted: wantedOf(options),
          ...(options.bucket !== undefined && { bucket: options.bucket }),
          ...(options.workers !== undefined && { workers: options.workers }),
          ...(table !== undefined && { table }),
          ...(out !== undefined && { out }),
          progress: bar,
        });
        bar.stop();
        // What `--as-of` prints is for a program; the summary must not be in its way.
        if (asOf !== undefined && table === undefined && out === undefined) printShortcomings(report);
        else if (json) printJson(report.json);
        else print(report);
        if (!report.isWhole) process.exitCode = 1;
      } finally {
        bar.stop();
      }
    });
}

function wantedOf({ from, to, asOf, checkpointUntil }: Options) {
  return {
    ...(from !== undefined && { fromMs: from }),
    ...(to !== undefined && { toMs: to }),
    ...(asOf !== undefined && { asOfMs: asOf }),
    ...(checkpointUntil !== undefined && { checkpointUntilMs: checkpointUntil }),
  };
}

function print(report: BuildReport): void {
  printTable(['what', 'how much'], report.rows);
  printShortcomings(report);
}

function printShortcomings({ shortcomings }: BuildReport): void {
  for (const line of shortcomings) process.stderr.write(`${line}\n`);
}
