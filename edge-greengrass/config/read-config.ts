/** A gateway's configuration, out of YAML or out of the object that a Greengrass configuration update delivers. */

import { type AssetTypes, checkAssetTypes } from './check-asset-types.ts';
import { type Finding, type KeyPath, pathOf, type Place, within } from './finding.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { gateway } from './read-gateway.ts';
import { isObject, object, required } from './read.ts';
import { parseYaml } from './yaml-text.ts';

/** Of one configuration; who made more mistakes starts with these. */
const FINDINGS_MAX = 100;

const ROOT = 'edge_gateway_v3';

export type ReadConfig =
  | { readonly ok: true; readonly config: GatewayConfig; readonly warnings: readonly Finding[] }
  /** At least one is an error; they stand in the order of the configuration's keys. */
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** Reads YAML 1.2. Never throws; of a broken text the findings tell the lines. See `readGatewayConfig`. */
export function parseGatewayConfig(text: string, assetTypes?: AssetTypes): ReadConfig {
  const yaml = parseYaml(text);
  if (!yaml.ok) return { ok: false, findings: yaml.findings.slice(0, FINDINGS_MAX) };
  return read(yaml.value, assetTypes, yaml.lineOf);
}

/**
 * Reads an object with the key `edge_gateway_v3`, or with what stands below that key; a string is taken for YAML. Numbers and
 * flags may be texts, as Greengrass nucleus lite delivers them. Never throws.
 *
 * @param assetTypes of the city; where they are given, what is read must fit them
 */
export function readGatewayConfig(value: unknown, assetTypes?: AssetTypes): ReadConfig {
  return typeof value === 'string' ? parseGatewayConfig(value, assetTypes) : read(value, assetTypes);
}

function read(value: unknown, assetTypes?: AssetTypes, lineOf?: (keys: KeyPath) => number | undefined): ReadConfig {
  const findings: Finding[] = [];
  const place: Place = {
    keys: [],
    report: (keys, finding) => {
      if (findings.length >= FINDINGS_MAX) return;
      const line = lineOf?.(keys);
      findings.push({ ...finding, path: pathOf(keys), ...(line !== undefined && { line }) });
    },
  };
  const isBare = isObject(value) && Object.hasOwn(value, 'identity');
  const config = isBare ? gateway(value, place) : object({ [ROOT]: required(gateway) })(value, place)?.[ROOT];
  const fitting =
    config && assetTypes ? checkAssetTypes(config, assetTypes, isBare ? place : within(place, ROOT)) : config;
  return fitting ? { ok: true, config: fitting, warnings: findings } : { ok: false, findings };
}
