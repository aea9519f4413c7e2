import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { describeFinding } from '../../../edge-greengrass/config/finding.ts';
import type { GatewayConfig } from '../../../edge-greengrass/config/gateway-config.ts';
import type { ReadConfig } from '../../../edge-greengrass/config/read-config.ts';

/** The interface format's own example, as it stands. */
export const GIVEN_TEXT = readFileSync(path.join(import.meta.dirname, 'edge_gateway_v3.yaml'), 'utf8');

/** The same as a tree, each time a new one. */
export function givenTree(): unknown {
  return parse(GIVEN_TEXT);
}

type Keys = readonly (string | number)[];

/** The given configuration in which the value at `keys` is another, or is not there; `edge_gateway_v3` is left off. */
export function given(keys: Keys, value: unknown): unknown {
  return replaced(givenTree(), ['edge_gateway_v3', ...keys], value);
}

/** A copy of `tree` in which the value at `keys` is another, or is not there. */
export function replaced(tree: unknown, [key, ...keys]: Keys, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(tree)) {
    return Object.assign([...(tree as readonly unknown[])], { [key]: replaced(tree[Number(key)], keys, value) });
  }
  const entries = new Map(Object.entries(tree ?? {}));
  const entry = replaced(entries.get(String(key)), keys, value);
  if (entry === undefined) entries.delete(String(key));
  else entries.set(String(key), entry);
  return Object.fromEntries(entries);
}

/** Each finding as its line. */
export function linesOf(read: ReadConfig): readonly string[] {
  return (read.ok ? read.warnings : read.findings).map(describeFinding);
}

/** Throws where it is none, with the lines that say why. */
export function configOf(read: ReadConfig): GatewayConfig {
  if (!read.ok) throw new Error(linesOf(read).join('\n'));
  return read.config;
}
