import { Command } from 'commander';
import { apiClient } from '../api-client.ts';
import { printJson, printTable } from '../print.ts';
import { readableTime, readableValue } from '../readable.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';

interface ReviewsAnswer {
  readonly reviews: readonly {
    readonly id: string;
    readonly assetId: string;
    readonly attribute: string;
    readonly openedAt: string;
    readonly value: unknown;
    readonly flags: readonly string[];
    readonly says: readonly { readonly source: string; readonly value: unknown }[];
  }[];
  readonly cursor: string | null;
}

export function reviewsCommand(): Command {
  return addTargetOptions(new Command('reviews'))
    .description('list the disagreements that are open: somebody has to decide what holds')
    .option('--limit <N>', 'at most this many', '50')
    .option('--json', 'print the API’s answer')
    .action(async (options: TargetOptions & { limit: string; json?: boolean }) => {
      const answer = await apiClient(targetOf(options)).get<ReviewsAnswer>('/v1/reviews', { limit: options.limit });
      if (options.json) return printJson(answer);
      if (answer.reviews.length === 0) {
        process.stdout.write('no disagreement is open\n');
        return;
      }
      printTable(
        ['id', 'asset', 'attribute', 'open since', 'now', 'its sources say'],
        answer.reviews.map(({ id, assetId, attribute, openedAt, value, flags, says }) => [
          id,
          assetId,
          attribute,
          readableTime(Date.parse(openedAt), Date.now()),
          `${readableValue(value)}${groundOf(flags)}`,
          says.map((say) => `${say.source}: ${readableValue(say.value)}`).join(', '),
        ]),
      );
      if (answer.cursor) process.stdout.write('\nthere are more: raise --limit\n');
    });
}

/** Neither, where nobody votes any more, or the sources have just come to agree. */
function groundOf(flags: readonly string[]): string {
  const ground = ['decided', 'fail-safe'].find((flag) => flags.includes(flag));
  return ground === undefined ? '' : ` (${ground})`;
}
