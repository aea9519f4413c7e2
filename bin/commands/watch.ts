import { once } from 'node:events';
import { Command, InvalidArgumentError } from 'commander';
import { NO_TILE } from '../../core/delta/place.ts';
import type { VersionedJson } from '../../core/delta/view.ts';
import { isName, NAME_RULE } from '../../core/schema/names.ts';
import { apiClient } from '../api-client.ts';
import { expectKey, readCityConfig } from '../city-config.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';
import { linesOf } from '../watch/lines.ts';
import type { LiveView } from '../watch/live-view.ts';
import { screenOf } from '../watch/screen.ts';

const REDRAW_MS = 250;

interface Options extends TargetOptions {
  readonly zone?: string;
  readonly tile?: string;
  readonly json?: boolean;
}

/** Shows what has changed. `before` is what was shown of an asset; `undefined` is not in the view. */
interface Output {
  changed(assetId: string, before: VersionedJson | undefined, after: VersionedJson | undefined): void;
  told(status: string): void;
  end(): void;
}

export function watchCommand(): Command {
  return addTargetOptions(new Command('watch'))
    .description('show the city changing: a table in a terminal, lines in a pipe')
    .option('--zone <zone>', 'only what is in this zone', name)
    .option('--tile <quadkey>', 'only what stands in this tile of level 14, or "none" for what has no position', tile)
    .option('--ws-url <url>', 'MQTT over WebSocket of another target')
    .option('--json', 'print each changed twin as a line of JSON')
    .action(watch);
}

async function watch({ zone, tile: quadkey, json = false, ...options }: Options): Promise<void> {
  const target = targetOf(options);
  const city = await readCityConfig();
  expectKey('--zone', zone, city.zones);
  const shown = new Map<string, VersionedJson>();
  const output = json ? jsonLines() : process.stdout.isTTY ? table(shown) : plainLines();
  const { startLiveView } = await import('../watch/live-view.ts');
  const live: LiveView = startLiveView({
    scope: { ...(zone && { zone }), ...(quadkey && { tile: quadkey }) },
    target,
    api: apiClient(target),
    city,
    changed(assetIds) {
      for (const assetId of assetIds) {
        const [before, after] = [shown.get(assetId), live.twins().get(assetId)];
        // Taken out and put in again, an asset stands last: the order is that of changes.
        shown.delete(assetId);
        if (after) shown.set(assetId, after);
        output.changed(assetId, before, after);
      }
    },
    told: (status) => output.told(status),
  });
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process.stdout, 'close')]);
  await live.close();
  output.end();
}

function plainLines(): Output {
  return {
    changed: (...change) => linesOf(...change).forEach((line) => process.stdout.write(`${line}\n`)),
    told: (status) => void process.stderr.write(`${status}\n`),
    end: () => {},
  };
}

function jsonLines(): Output {
  return {
    changed: (assetId, _, after) => void process.stdout.write(`${JSON.stringify(after ?? { assetId, left: true })}\n`),
    told: (status) => void process.stderr.write(`${status}\n`),
    end: () => {},
  };
}

function table(shown: ReadonlyMap<string, VersionedJson>): Output {
  let status = 'connecting';
  const timer = setInterval(() => {
    const { columns, rows } = process.stdout;
    process.stdout.write(screenOf(status, [...shown.values()].toReversed(), { columns, rows }, Date.now()));
  }, REDRAW_MS);
  return {
    changed: () => {},
    told: (text) => {
      status = text;
    },
    end: () => clearInterval(timer),
  };
}

function name(text: string): string {
  if (isName(text)) return text;
  throw new InvalidArgumentError(`expected ${NAME_RULE}.`);
}

function tile(text: string): string {
  if (text === NO_TILE || /^[0-3]{14}$/.test(text)) return text;
  throw new InvalidArgumentError('expected 14 digits from 0 to 3, or none.');
}
