import { Command } from 'commander';
import { apiClient } from '../api-client.ts';
import { type Cell, printable, printJson, printTable } from '../print.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';

interface ExplainAnswer {
  readonly assetId: string;
  readonly attributes: Readonly<Record<string, Explanation>>;
}

interface Explanation {
  readonly policy: string | null;
  readonly resolved: { readonly value: unknown; readonly quality?: string } | null;
  readonly siblings: readonly {
    readonly source: string;
    readonly stamp: string;
    readonly value: unknown;
    readonly observedAtMs: number;
    readonly ageMs: number;
    readonly outcome: string;
  }[];
}

export function explainCommand(): Command {
  return addTargetOptions(new Command('explain').argument('<id>', 'asset id'))
    .description('say why a twin has its values: which source said what, what counted and what did not')
    .option('--attribute <name>', 'only this attribute')
    .option('--json', 'print the API’s answer')
    .action(async (id: string, options: TargetOptions & { attribute?: string; json?: boolean }) => {
      const answer = await apiClient(targetOf(options)).get<ExplainAnswer>(
        `/v1/twins/${encodeURIComponent(id)}/explain`,
        { attribute: options.attribute },
      );
      if (options.json) return printJson(answer);
      for (const [name, explanation] of Object.entries(answer.attributes)) printExplanation(name, explanation);
    });
}

function printExplanation(name: string, { policy, resolved, siblings }: Explanation): void {
  const value = resolved === null ? 'no value' : shown(resolved.value);
  process.stdout.write(
    `${name} = ${printable(String(value))}  by ${policy ?? 'no'} policy, ${resolved?.quality ?? 'good'}\n`,
  );
  printTable(
    ['source', 'value', 'observed at', 'age', 'dot', 'outcome'],
    siblings.map((sibling) => [
      sibling.source,
      shown(sibling.value),
      new Date(sibling.observedAtMs).toISOString(),
      `${Math.round(sibling.ageMs / 1000)} s`,
      sibling.stamp,
      sibling.outcome,
    ]),
  );
  process.stdout.write('\n');
}

function shown(value: unknown): Cell {
  return typeof value === 'object' ? JSON.stringify(value) : (value as Cell);
}
