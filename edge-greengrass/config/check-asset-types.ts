import type { AssetType } from '../../core/schema/city-config.ts';
import { type Place, refuse, warn, within } from './finding.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { resolverOf } from './read-twin.ts';
import { addressOf } from './stream-name.ts';

export type AssetTypes = Readonly<Record<string, AssetType>>;

/** The configuration, unless its asset has no type in the city, by which every reading of it would be refused. */
export function checkAssetTypes(
  config: GatewayConfig,
  assetTypes: AssetTypes,
  place: Place,
): GatewayConfig | undefined {
  const { assetType } = config.identity;
  if (!Object.hasOwn(assetTypes, assetType)) {
    const there = ['identity', 'asset_type'].reduce(within, place);
    return refuse(there, assetType, `one of ${Object.keys(assetTypes).join(', ')}`);
  }
  // Some sensors speak for assets of other types than the gateway's.
  const known = new Set(Object.values(assetTypes).flatMap(({ attributes }) => Object.keys(attributes)));
  for (const [stream, { attributes }] of Object.entries(config.streams)) {
    for (const [field, attribute] of Object.entries(attributes)) {
      if (known.has(attribute)) continue;
      const expected = `an attribute of an asset type, for ${field} of ${addressOf(stream)}`;
      warn(within(place, 'streams'), attribute, expected, 'such readings will be refused');
    }
  }
  checkResolver(config, assetTypes[assetType], place);
  return config;
}

/** What a city resolves by is for its configuration to say, the same for all its gateways. */
function checkResolver({ streams, twin }: GatewayConfig, type: AssetType | undefined, place: Place): void {
  const there = ['digital_twin', 'conflict_resolver'].reduce(within, place);
  for (const [stream, { attributes }] of Object.entries(streams)) {
    if (!stream.startsWith('occupancy/')) continue;
    for (const attribute of Object.values(attributes)) {
      const policy = type?.attributes[attribute]?.policy;
      if (policy === undefined || policy === twin.occupancyPolicy) continue;
      const word = resolverOf(twin.occupancyPolicy);
      warn(there, word, `the city's own, which is ${policy} for ${attribute}`, `${attribute} is resolved by ${policy}`);
    }
  }
}
