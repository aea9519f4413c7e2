import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from '../../core/schema/check.ts';
import type { ConfigurationSource } from '../ports.ts';
import type { AssetTypes } from './check-asset-types.ts';
import { describeFinding, type Finding, shortened } from './finding.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { readGatewayConfig } from './read-config.ts';
import { writeDurably } from '../write-durably.ts';

export interface ConfigKeeperOptions {
  readonly source: ConfigurationSource;
  /** Where the last good configuration is kept over restarts. */
  readonly file: string;
  /** Of the city; where they are given, a configuration must fit them. */
  readonly assetTypes?: AssetTypes;
  /** Told of each look at the source, with all that was wrong or odd about it, and whether what it says is used. */
  readonly report: (findings: readonly Finding[], isUsed: boolean) => void;
}

export interface ConfigKeeper {
  /** What to run with now: always a good one. */
  current(): GatewayConfig;
  /** Told of each good configuration that differs from the one before. */
  onChange(listener: (config: GatewayConfig) => void): void;
  /** Ends the look that is going on; afterwards nobody is told anything. */
  close(): Promise<void>;
}

/**
 * Keeps the last good configuration, also over a restart at which the source says something broken or nothing. It is kept as
 * the source gave it, so that a newer component reads it anew and fills in its own defaults. Throws a ConfigError where
 * there has never been a good one.
 */
export async function openConfigKeeper({
  source,
  file,
  assetTypes,
  report,
}: ConfigKeeperOptions): Promise<ConfigKeeper> {
  const listeners: ((config: GatewayConfig) => void)[] = [];
  let isClosed = false;
  let isStale = false;
  let looking: Promise<void> | undefined;
  let isOpen = false;
  // Before the first look, so that nothing is missed between the two.
  source.onChange(() => {
    isStale = !isClosed;
    if (isOpen) looking ??= updateWhileStale();
  });

  const first = await look(source, assetTypes);
  const kept = first.config ? undefined : await readKept(file, assetTypes);
  const start = first.config ?? kept;
  report(first.findings, first.config !== undefined);
  if (!start) throw new ConfigError(summary(first.findings));
  if (first.config) await keep(first.value);
  let current = start;

  async function keep(value: unknown): Promise<void> {
    try {
      await mkdir(path.dirname(file), { recursive: true });
      await writeDurably(file, JSON.stringify(value));
    } catch (error) {
      const consequence = 'a restart may run with an older one';
      report([failure('warning', error, 'a disk that keeps the configuration', consequence)], true);
    }
  }

  async function update(): Promise<void> {
    const { config, value, findings } = await look(source, assetTypes);
    if (isClosed) return;
    report(findings, config !== undefined);
    if (!config || isDeepStrictEqual(config, current)) return;
    await keep(value);
    current = config;
    for (const listener of listeners) listener(config);
  }

  /** What changes during a look is looked at after it; ten changes meanwhile are one. */
  async function updateWhileStale(): Promise<void> {
    while (isStale) {
      isStale = false;
      await update();
    }
    looking = undefined;
  }

  isOpen = true;
  if (isStale) looking = updateWhileStale();
  return {
    current: () => current,
    onChange: (listener) => void listeners.push(listener),
    async close() {
      isClosed = true;
      isStale = false;
      await looking;
    },
  };
}

interface Look {
  readonly config?: GatewayConfig;
  readonly value: unknown;
  readonly findings: readonly Finding[];
}

async function look(source: ConfigurationSource, assetTypes: AssetTypes | undefined): Promise<Look> {
  try {
    const value = await source.read();
    const read = readGatewayConfig(value, assetTypes);
    return read.ok ? { config: read.config, value, findings: read.warnings } : { value, findings: read.findings };
  } catch (error) {
    return { value: undefined, findings: [failure('error', error, 'a configuration')] };
  }
}

/** The configuration that an earlier run kept, if there is one that this component still understands. */
async function readKept(file: string, assetTypes: AssetTypes | undefined): Promise<GatewayConfig | undefined> {
  try {
    const read = readGatewayConfig(JSON.parse(await readFile(file, 'utf8')), assetTypes);
    return read.ok ? read.config : undefined;
  } catch {
    return undefined;
  }
}

function failure(severity: Finding['severity'], error: unknown, expected: string, remedy?: string): Finding {
  const got = shortened(error instanceof Error ? error.message : String(error));
  return { severity, path: '', got, expected, ...(remedy !== undefined && { remedy }) };
}

function summary(findings: readonly Finding[]): string {
  const [first, ...others] = findings.filter(({ severity }) => severity === 'error');
  const rest = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `no good configuration: ${first ? describeFinding(first) : 'nothing was read'}${rest}`;
}
