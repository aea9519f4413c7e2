import cliProgress from 'cli-progress';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { CityConfig } from '../../core/schema/city-config.ts';
import { readCityConfig } from '../city-config.ts';
import { CommandError } from '../command-error.ts';
import { printJson, printTable } from '../print.ts';
import type { ReplayProgress, ReplayReport } from '../replay/replay.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';

interface Options extends TargetOptions {
  readonly mapping: string;
  readonly speed: number | 'max';
  readonly time: 'live' | 'original';
  readonly field: Readonly<Record<string, string>>;
  readonly json?: boolean;
}

export function replayCommand(): Command {
  return addTargetOptions(
    new Command('replay').argument('<file>', 'rows as the mapping reads them: CSV, NDJSON or lines; also gzipped'),
  )
    .description('publish a file’s rows over MQTT as devices would, wait for their fates and report the fold')
    .requiredOption('--mapping <name>', 'how rows become readings: a mapping of cityweave.config.ts with a file format')
    .option(
      '--speed <N|max>',
      'N times as fast as the file’s times, or as fast as the target takes them',
      speedOf,
      'max',
    )
    .addOption(
      new Option('--time <which>', 'send the file’s own times, or the time of sending')
        .choices(['live', 'original'])
        .default('original'),
    )
    .option('--field <name=value>', 'a field that each row gets beside its own; may be repeated', withField, {})
    .option('--json', 'print the report as JSON')
    .action(async (file: string, options: Options) => {
      const { mapping: mappingName, speed, time } = options;
      const city = await readCityConfig();
      const mapping = mappingOf(city, mappingName);
      const assetType = city.assetTypes[mapping.assetType];
      if (!assetType) throw new CommandError(`mapping "${mappingName}": no asset type ${mapping.assetType}`);
      const bar = progressBar();
      // Loaded only here, as each command loads what few others need: the rest begin twice as fast.
      const { replay } = await import('../replay/replay.ts');
      try {
        const report = await replay({
          file,
          mappingName,
          mapping,
          assetType,
          speed,
          time,
          fields: options.field,
          target: targetOf(options),
          progress: bar,
        });
        bar.stop();
        if (options.json) printJson(report);
        else printReport(report);
      } finally {
        bar.stop();
      }
    });
}

function mappingOf({ mappings }: CityConfig, name: string) {
  const mapping = Object.hasOwn(mappings, name) ? mappings[name] : undefined;
  if (mapping) return mapping;
  const known = Object.entries(mappings).flatMap(([each, { file }]) => (file ? [each] : []));
  throw new CommandError(`--mapping: got "${name}", expected one of ${known.join(', ')} (cityweave.config.ts)`);
}

function speedOf(text: string): number | 'max' {
  const speed = text === 'max' ? text : Number(text);
  if (speed === 'max' || (speed > 0 && Number.isFinite(speed))) return speed;
  throw new InvalidArgumentError('expected a positive number, or max.');
}

function withField(text: string, fields: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('expected name=value.');
  return { ...fields, [name]: value };
}

/** On standard error, so that `--json` stays clean; nothing at all where nobody watches. */
function progressBar(): ReplayProgress & { stop(): void } {
  const bar = new cliProgress.SingleBar({
    format: '{stage} [{bar}] {percentage}% | {detail} | {duration_formatted}',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  let stage = '';
  const show = (name: string, value: number, total: number, detail: string): void => {
    if (stage !== name) bar.start(total, value, { stage: name, detail });
    stage = name;
    bar.update(value, { stage: name, detail });
  };
  return {
    published: (read, total, acknowledged) => show('publishing', read, total, `${acknowledged} acknowledged`),
    settled: (complete, published) => show('settling', complete, published, `${complete} of ${published} have a fate`),
    stop: () => bar.stop(),
  };
}

function printReport(report: ReplayReport): void {
  const { applied, duplicate, superseded, kept, unreadable } = report;
  printTable(
    ['fate', 'readings'],
    [
      ['applied', applied],
      ['duplicate', duplicate],
      ['superseded', superseded],
      ...Object.entries(kept),
      ...(unreadable.count > 0 ? [['not published', unreadable.count] as const] : []),
      ['of', report.rows],
    ],
  );
  for (const { line, detail } of unreadable.first) process.stdout.write(`line ${line}: ${detail}\n`);
  if (unreadable.count > unreadable.first.length) process.stdout.write('and more like these\n');
  if (report.collisions > 0) process.stdout.write(`${report.collisions} readings gave a known dot another value\n`);
  const rate = Math.round(report.published / report.seconds);
  process.stdout.write(
    `\n${report.published} published in ${report.seconds.toFixed(1)} s, ${rate}/s to the last fate\n`,
  );
}
