import { Command } from 'commander';
import type { TwinExplanation } from '../../core/twin/explain-json.ts';
import { apiClient } from '../api-client.ts';
import { explanationPage } from '../explain/page.ts';
import { printJson } from '../print.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';

/** Where the output is no terminal. */
const COLUMNS = 120;
/** In a narrower terminal lines are broken by the terminal. */
const COLUMNS_MIN = 80;

export function explainCommand(): Command {
  return addTargetOptions(new Command('explain').argument('<id>', 'asset id'))
    .description('say why a twin has its values: which source said what, what counted and what did not')
    .option('--attribute <name>', 'only this attribute')
    .option('--json', 'print the API’s answer')
    .action(async (id: string, options: TargetOptions & { attribute?: string; json?: boolean }) => {
      const answer = await apiClient(targetOf(options)).get<TwinExplanation>(
        `/v1/twins/${encodeURIComponent(id)}/explain`,
        { attribute: options.attribute },
      );
      if (options.json) return printJson(answer);
      process.stdout.write(explanationPage(answer, Math.max(COLUMNS_MIN, process.stdout.columns ?? COLUMNS)));
    });
}
