import { Command } from 'commander';
import { apiClient } from '../api-client.ts';
import { printable, printJson } from '../print.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';

interface Retired {
  readonly assetId: string;
  readonly source: string;
  readonly floor: string;
}

export function retireCommand(): Command {
  return addTargetOptions(
    new Command('retire').argument('<asset>', 'asset id').argument('<source>', 'as `explain` names it'),
  )
    .description('take a source out of a twin with all that it has said so far')
    .option('--json', 'print the API’s answer')
    .action(async (assetId: string, source: string, options: TargetOptions & { json?: boolean }) => {
      const path = `/v1/twins/${encodeURIComponent(assetId)}/sources/${encodeURIComponent(source)}/retire`;
      const retired = await apiClient(targetOf(options)).post<Retired>(path, {});
      if (options.json) return printJson(retired);
      process.stdout.write(
        `${retired.assetId}: ${printable(retired.source)} is retired; what it says from now on counts again\n`,
      );
    });
}
