import { Command } from 'commander';
import type { Unaccounted } from '../../core/archive/conservation.ts';
import type { Audit } from '../audit/audit.ts';
import { CommandError } from '../command-error.ts';
import { printJson, printTable } from '../print.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';
import { countOption, timeOption } from '../time-option.ts';

interface Options extends TargetOptions {
  readonly from?: number;
  readonly to?: number;
  readonly wait: number;
  readonly grace: number;
  readonly json?: boolean;
}

const HOUR_MS = 3_600_000;
const WAIT_S = 30;
/** As long as a function may hold a batch: what is older has been tried again at least once. */
const GRACE_S = 300;
const SHOWN_MAX = 50;

export function auditCommand(): Command {
  return addTargetOptions(new Command('audit'))
    .description('compare the ids of all that came in with the ids in the log and those kept outside it')
    .option(
      '--from <time>',
      'received at or after: ISO 8601 or epoch milliseconds; by default an hour before',
      timeOption,
    )
    .option('--to <time>', 'received before; by default now', timeOption)
    .option('--wait <seconds>', 'look again for so long while something is not accounted for', countOption(0), WAIT_S)
    .option('--grace <seconds>', 'what came so shortly before the end is pending, not missing', countOption(0), GRACE_S)
    .option('--json', 'print counts and every id as JSON')
    .action(async (options: Options) => {
      const toMs = options.to ?? Date.now();
      const fromMs = options.from ?? toMs - HOUR_MS;
      if (fromMs >= toMs) throw new CommandError('--from must be before --to');
      const { audit } = await import('../audit/audit.ts');
      const found = await audit({
        target: targetOf(options),
        window: { fromMs, toMs },
        waitMs: options.wait * 1000,
        graceMs: options.grace * 1000,
        onRound({ missing, unexpected }) {
          if (process.stderr.isTTY && missing.length + unexpected.length > 0) {
            process.stderr.write(`${missing.length} not accounted for yet, ${unexpected.length} unexpected\n`);
          }
        },
      });
      if (options.json) {
        printJson({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), ...found });
      } else print(found);
      if (found.missing.length + found.unexpected.length > 0) process.exitCode = 1;
    });
}

function print({ messages, readings, logged, kept, pending, missing, unexpected, notUnderstood }: Audit): void {
  printTable(
    ['fate', 'readings'],
    [
      ...Object.entries(logged),
      ...Object.entries(kept),
      ['pending', pending.length],
      ['missing', missing.length],
      ['unexpected', unexpected.length],
      [`of ${messages} messages`, readings],
    ],
  );
  printIds('missing', missing);
  printIds('unexpected', unexpected);
  for (const key of notUnderstood) process.stdout.write(`nobody understands ${key} of the failure bucket\n`);
}

function printIds(what: string, ids: readonly Unaccounted[]): void {
  if (ids.length === 0) return;
  process.stdout.write('\n');
  printTable(
    [what, 'received at'],
    ids.slice(0, SHOWN_MAX).map(({ readingId, receivedAtMs }) => [readingId, new Date(receivedAtMs).toISOString()]),
  );
  if (ids.length > SHOWN_MAX) process.stdout.write(`and ${ids.length - SHOWN_MAX} more: --json\n`);
}
