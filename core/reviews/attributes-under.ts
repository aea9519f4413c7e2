import type { AssetType, PolicyName } from '../schema/city-config.ts';

const known = new WeakMap<AssetType, Map<PolicyName, readonly string[]>>();

/** The attributes of a type that a policy resolves. A type never changes, so each is looked through once a policy. */
export function attributesUnder(policy: PolicyName, assetType: AssetType): readonly string[] {
  const ofType = known.get(assetType) ?? new Map<PolicyName, readonly string[]>();
  known.set(assetType, ofType);
  const found = ofType.get(policy) ?? namesUnder(policy, assetType);
  ofType.set(policy, found);
  return found;
}

function namesUnder(policy: PolicyName, { attributes }: AssetType): readonly string[] {
  return Object.keys(attributes).filter((name) => attributes[name]?.policy === policy);
}
