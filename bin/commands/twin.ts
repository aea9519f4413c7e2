import { Command } from 'commander';
import { unitSymbol } from '../../core/schema/units.ts';
import type { TwinJson } from '../../core/twin/twin-json.ts';
import { apiClient } from '../api-client.ts';
import { printJson, printTable } from '../print.ts';
import { clockLines, readableQuality, readableValue } from '../readable.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';

type TwinAnswer = Omit<TwinJson, 'context'> & { readonly version: number };

export function twinCommand(): Command {
  return addTargetOptions(new Command('twin').argument('<id>', 'asset id'))
    .description('show the twin of an asset: its resolved attributes and where they come from')
    .option('--json', 'print the API’s answer')
    .action(async (id: string, options: TargetOptions & { json?: boolean }) => {
      const twin = await apiClient(targetOf(options)).get<TwinAnswer>(`/v1/twins/${encodeURIComponent(id)}`);
      if (options.json) return printJson(twin);
      printTwin(twin);
    });
}

function printTwin({ assetId, assetType, zone, position, version, attributes, clocks }: TwinAnswer): void {
  const place = position ? `, at ${readableValue(position)}` : '';
  process.stdout.write(`${assetId}  ${assetType} in ${zone}${place}, version ${version}\n\n`);
  printTable(
    ['attribute', 'value', 'unit', 'observed at', 'quality', 'sources'],
    Object.entries(attributes).map(([name, { value, unit, observedAt, quality, sources, flags }]) => [
      name,
      readableValue(value),
      unit === undefined ? '' : unitSymbol(unit),
      observedAt,
      readableQuality(quality, flags),
      sources.join(', '),
    ]),
  );
  const lines = clockLines(clocks);
  if (lines.length > 0) process.stdout.write(`\n${lines.join('\n')}\n`);
}
