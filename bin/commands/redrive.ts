import cliProgress from 'cli-progress';
import { Command } from 'commander';
import { type ApiClient, apiClient } from '../api-client.ts';
import { CommandError } from '../command-error.ts';
import { printJson, printTable } from '../print.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';

interface Options extends TargetOptions {
  readonly reason?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

interface RejectsPage {
  readonly rejects: readonly { readonly id: string; readonly status: string }[];
  readonly cursor: string | null;
}

/** Ids, each in one of the lists. */
interface Outcome {
  readonly redriven: readonly string[];
  readonly taken: readonly string[];
  readonly failed: readonly string[];
  readonly unknown: readonly string[];
}

/** The API's own limit of a page. */
const PAGE_MAX = 200;
/** Half of what the API takes at once, so that progress shows. */
const IDS_MAX = 100;

export function redriveCommand(): Command {
  return addTargetOptions(new Command('redrive').argument('[ids...]', 'ids as `rejects --json` gives them'))
    .description('put kept readings back in: they are validated again as of when they were received')
    .option('--reason <reason>', 'instead of ids: all of this reason, such as unknown-schema')
    .option('--from <time>', 'received at or after: ISO 8601 or epoch milliseconds')
    .option('--to <time>', 'received before: ISO 8601 or epoch milliseconds')
    .option('--limit <N>', 'at most this many')
    .option('--dry-run', 'say what would be put back in, and do nothing')
    .option('--json', 'print what became of each id as JSON')
    .action(async (ids: string[], options: Options) => {
      const api = apiClient(targetOf(options));
      const asked = ids.length > 0 ? ids : await openIds(api, options);
      if (options.dryRun) return options.json ? printJson({ ids: asked }) : print([['would be put back in', asked]]);
      const outcome = await redriveAll(api, asked);
      if (options.json) printJson(outcome);
      else {
        print([
          ['put back in', outcome.redriven],
          ['put back in before, or by somebody else now', outcome.taken],
          ['not taken by the stream: try again in a minute', outcome.failed],
          ['unknown or expired', outcome.unknown],
        ]);
      }
      if (outcome.failed.length + outcome.unknown.length > 0) process.exitCode = 1;
    });
}

/**
 * All ids are found before the first is put back in: what is still bad is kept again under the same reason, and a walk
 * through the list would meet it and put it back in for ever.
 */
async function openIds(api: ApiClient, { reason, from, to, limit }: Options): Promise<string[]> {
  if (reason === undefined) throw new CommandError('redrive: give ids, or --reason');
  const idsMax = limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
  if (!(idsMax >= 1)) throw new CommandError(`--limit: got "${limit}", expected a whole number from 1`);
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const query = { reason, from, to, limit: String(PAGE_MAX), cursor };
    const page = await api.get<RejectsPage>('/v1/rejects', query);
    ids.push(...page.rejects.filter(({ status }) => status !== 'redriven').map(({ id }) => id));
    cursor = page.cursor ?? undefined;
  } while (cursor && ids.length < idsMax);
  return ids.slice(0, idsMax);
}

async function redriveAll(api: ApiClient, ids: readonly string[]): Promise<Outcome> {
  const outcome = { redriven: [] as string[], taken: [] as string[], failed: [] as string[], unknown: [] as string[] };
  // On standard error, so that `--json` stays clean; nothing at all where nobody watches.
  const bar = new cliProgress.SingleBar({
    format: 'redriving [{bar}] {percentage}% | {value} of {total} | {duration_formatted}',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(ids.length, 0);
  try {
    for (let start = 0; start < ids.length; start += IDS_MAX) {
      const part = await api.post<Outcome>('/v1/rejects/redrive', { ids: ids.slice(start, start + IDS_MAX) });
      outcome.redriven.push(...part.redriven);
      outcome.taken.push(...part.taken);
      outcome.failed.push(...part.failed);
      outcome.unknown.push(...part.unknown);
      bar.increment(Math.min(IDS_MAX, ids.length - start));
    }
  } finally {
    bar.stop();
  }
  return outcome;
}

function print(rows: readonly (readonly [what: string, ids: readonly string[]])[]): void {
  printTable(
    ['readings', 'what became of them'],
    rows.map(([what, ids]) => [ids.length, what]),
  );
}
