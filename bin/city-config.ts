import type { CityConfig } from '../core/schema/city-config.ts';
import { validateCityConfig } from '../core/schema/validate-config.ts';
import { CommandError } from './command-error.ts';

const CONFIG_FILE = 'cityweave.config.ts';

/**
 * The city's configuration, loaded by the commands that need it only: a slip in it must not take `--help` or `twin` away.
 * Throws one line that names the place of the slip.
 */
export async function readCityConfig(): Promise<CityConfig> {
  const { default: config } = await import('../cityweave.config.ts').catch((cause: unknown) => {
    throw new CommandError(slipIn(cause), { cause });
  });
  return validateCityConfig(config);
}

/** Node names the file and the line in the stack alone. */
function slipIn(error: unknown): string {
  if (!(error instanceof Error)) return `${CONFIG_FILE}: ${String(error)}`;
  const [, file = CONFIG_FILE, line] = /([\w.-]+\.ts):(\d+)/.exec(error.stack ?? '') ?? [];
  return `${file}${line === undefined ? '' : `:${line}`}: ${error.message}`;
}

/** Throws one line where an option names what the configuration has not: a zone, an asset type. */
export function expectKey(option: string, key: string | undefined, known: Readonly<Record<string, unknown>>): void {
  if (key === undefined || Object.hasOwn(known, key)) return;
  throw new CommandError(
    `${option}: got "${key}", expected one of ${Object.keys(known).join(', ')} (cityweave.config.ts)`,
  );
}
