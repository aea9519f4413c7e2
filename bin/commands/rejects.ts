import { Command } from 'commander';
import { apiClient } from '../api-client.ts';
import { printJson, printTable } from '../print.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';

interface RejectsOptions extends TargetOptions {
  readonly reason?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: string;
  readonly json?: boolean;
}

interface RejectsAnswer {
  readonly rejects: readonly {
    readonly id: string;
    readonly receivedAt: string;
    readonly reason: string;
    readonly topic: string;
    readonly clientId: string;
    readonly detail: string;
    readonly status: string;
  }[];
  readonly cursor: string | null;
}

export function rejectsCommand(): Command {
  return addTargetOptions(new Command('rejects'))
    .description('list what was rejected or quarantined, and why; --json has the ids that redrive takes')
    .option('--reason <reason>', 'only this reason, such as out-of-range')
    .option('--from <time>', 'received at or after: ISO 8601 or epoch milliseconds')
    .option('--to <time>', 'received before: ISO 8601 or epoch milliseconds')
    .option('--limit <N>', 'at most this many', '50')
    .option('--json', 'print the API’s answer')
    .action(async (options: RejectsOptions) => {
      const { reason, from, to, limit } = options;
      const answer = await apiClient(targetOf(options)).get<RejectsAnswer>('/v1/rejects', { reason, from, to, limit });
      if (options.json) return printJson(answer);
      printTable(
        ['received at', 'reason', 'status', 'topic', 'client', 'detail'],
        answer.rejects.map(({ receivedAt, reason: why, status, topic, clientId, detail }) => [
          receivedAt,
          why,
          status,
          topic,
          clientId,
          detail,
        ]),
      );
      if (answer.cursor) process.stdout.write('\nthere are more: raise --limit, or narrow by --reason and --from\n');
    });
}
