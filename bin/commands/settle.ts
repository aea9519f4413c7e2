import { randomUUID } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import { apiClient } from '../api-client.ts';
import { CommandError } from '../command-error.ts';
import { durationOption } from '../duration.ts';
import { printable, printJson } from '../print.ts';
import { readableTime, readableValue } from '../readable.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';

interface Options extends TargetOptions {
  readonly value: string | number | boolean;
  readonly for?: number;
  readonly distrust?: readonly string[];
  /** Milliseconds from now. */
  readonly until?: number;
  readonly reason?: string;
  readonly json?: boolean;
}

interface Settled {
  readonly assetId: string;
  readonly attribute: string;
  readonly authority: string;
  readonly value: unknown;
  readonly validUntil: string;
  readonly distrusted: readonly string[];
}

export function settleCommand(): Command {
  return addTargetOptions(new Command('settle').argument('<id>', 'of an open review, as `reviews` lists it'))
    .description('decide a disagreement: your value holds until it ends, or until the sources agree again')
    .requiredOption('--value <value>', 'what holds; a number, true or false is sent as such', scalarOption)
    .option('--for <duration>', 'how long it holds, such as 10m; the API’s default where absent', durationOption)
    .option('--distrust <source...>', 'takes the vote of these sources away')
    .option('--until <duration>', 'how long they are distrusted, such as 1d', durationOption)
    .option('--reason <text>', 'kept with the decision')
    .option('--json', 'print the API’s answer')
    .action(async (id: string, options: Options) => {
      const { value, for: validForMs, distrust = [], until, reason } = options;
      if (distrust.length > 0 !== (until !== undefined)) {
        throw new CommandError('--distrust and --until go together: whom, and for how long');
      }
      const untilText = new Date(Date.now() + (until ?? 0)).toISOString();
      const settled = await apiClient(targetOf(options)).post<Settled>(
        `/v1/reviews/${encodeURIComponent(id)}/settle`,
        {
          value,
          ...(validForMs !== undefined && { validForMs }),
          ...(distrust.length > 0 && { distrust: distrust.map((source) => ({ source, until: untilText })) }),
          ...(reason !== undefined && { reason }),
        },
        randomUUID(),
      );
      if (options.json) return printJson(settled);
      process.stdout.write(`${sentenceOf(settled)}\n`);
    });
}

function sentenceOf({ assetId, attribute, authority, value, validUntil, distrusted }: Settled): string {
  const end = readableTime(Date.parse(validUntil), Date.now());
  const without = distrusted.length > 0 ? `, and ${distrusted.map(printable).join(', ')} distrusted` : '';
  return `${assetId} ${attribute}: ${readableValue(value)} until ${end}, decided by ${printable(authority)}${without}`;
}

/** As JSON has it; any other text is a text, so that nobody has to quote the usual. */
function scalarOption(text: string): Options['value'] {
  if (text === '') throw new InvalidArgumentError('Expected a value.');
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  } catch {
    // Falls through: a text without quotes.
  }
  return text;
}
