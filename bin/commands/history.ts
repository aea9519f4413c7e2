import { Command } from 'commander';
import { apiClient } from '../api-client.ts';
import { type Cell, printJson, printTable } from '../print.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';

interface HistoryOptions extends TargetOptions {
  readonly attribute: string;
  readonly from?: string;
  readonly to?: string;
  readonly bin?: string;
  readonly source?: string;
  readonly json?: boolean;
}

type Row = Readonly<Record<string, Cell>>;

interface HistoryAnswer {
  readonly points?: readonly Row[];
  readonly bins?: readonly Row[];
  readonly cursor?: string | null;
}

export function historyCommand(): Command {
  return addTargetOptions(new Command('history').argument('<id>', 'asset id'))
    .description('show an attribute’s past: every source’s readings, or bins with the policy applied')
    .requiredOption('--attribute <name>', 'which attribute')
    .option('--from <time>', 'ISO 8601 or epoch milliseconds; default: a day before --to')
    .option('--to <time>', 'ISO 8601 or epoch milliseconds; default: now')
    .option('--bin <duration>', 'such as 15m or 1h; default: raw readings')
    .option('--source <source>', 'only this source')
    .option('--json', 'print the API’s answer, page by page as one list')
    .action(async (id: string, options: HistoryOptions) => {
      const rows = await allRows(id, options);
      if (options.json) return printJson(rows);
      const columns = Object.keys(rows[0] ?? { 'no readings in this period': '' });
      printTable(
        columns,
        rows.map((row) => columns.map((column) => row[column] ?? '')),
      );
    });
}

async function allRows(id: string, options: HistoryOptions): Promise<Row[]> {
  const { attribute, from, to, bin, source } = options;
  const api = apiClient(targetOf(options));
  const rows: Row[] = [];
  let cursor: string | undefined;
  do {
    const page: HistoryAnswer = await api.get(`/v1/twins/${encodeURIComponent(id)}/history`, {
      attribute,
      from,
      to,
      bin,
      source,
      cursor,
    });
    rows.push(...(page.points ?? page.bins ?? []));
    cursor = page.cursor ?? undefined;
  } while (cursor);
  return rows;
}
