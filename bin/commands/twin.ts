import { Command } from 'commander';
import { apiClient } from '../api-client.ts';
import { type Cell, printJson, printTable } from '../print.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';

interface TwinAnswer {
  readonly assetId: string;
  readonly assetType: string;
  readonly zone: string;
  readonly version: number;
  readonly position?: { readonly longitude: number; readonly latitude: number };
  readonly attributes: Readonly<
    Record<
      string,
      {
        readonly value: Cell;
        readonly unit?: string;
        readonly observedAt: string;
        readonly sources: readonly string[];
        readonly quality: string;
        readonly flags: readonly string[];
      }
    >
  >;
}

export function twinCommand(): Command {
  return addTargetOptions(new Command('twin').argument('<id>', 'asset id'))
    .description('show the twin of an asset: its resolved attributes and where they come from')
    .option('--json', 'print the API’s answer')
    .action(async (id: string, options: TargetOptions & { json?: boolean }) => {
      const twin = await apiClient(targetOf(options)).get<TwinAnswer>(`/v1/twins/${encodeURIComponent(id)}`);
      if (options.json) return printJson(twin);
      const { longitude, latitude } = twin.position ?? {};
      const place = twin.position ? `, at ${latitude}, ${longitude}` : '';
      process.stdout.write(`${twin.assetId}  ${twin.assetType} in ${twin.zone}${place}, version ${twin.version}\n\n`);
      printTable(
        ['attribute', 'value', 'unit', 'observed at', 'quality', 'sources', 'flags'],
        Object.entries(twin.attributes).map(([name, { value, unit, observedAt, quality, sources, flags }]) => [
          name,
          value,
          unit ?? '',
          observedAt,
          quality,
          sources.join(', '),
          flags.join(', '),
        ]),
      );
    });
}
