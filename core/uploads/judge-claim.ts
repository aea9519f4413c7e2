import type { DraftReading } from '../codec/decoder.ts';
import { refuse, type Refusal } from '../reason.ts';
import type { CityConfig, ClaimRule } from '../schema/city-config.ts';
import { show } from '../schema/show.ts';
import type { StoredUpload } from '../ports.ts';
import { type Claim, parseReference } from './claim.ts';

/** An attribute of a draft that refers to an upload. */
export interface ClaimAttribute {
  readonly name: string;
  readonly value: unknown;
  readonly rule: ClaimRule;
}

/** Nothing, of most. */
export function claimsIn({ assetType, attributes }: DraftReading, city: CityConfig): readonly ClaimAttribute[] {
  const type = Object.hasOwn(city.assetTypes, assetType) ? city.assetTypes[assetType] : undefined;
  if (!type) return NO_CLAIMS;
  return attributes.flatMap(({ name, value }) => {
    const rule = Object.hasOwn(type.attributes, name) ? type.attributes[name]?.claim : undefined;
    return rule ? [{ name, value, rule }] : NO_CLAIMS;
  });
}

const NO_CLAIMS: readonly ClaimAttribute[] = [];

/**
 * The claim that an attribute makes, before anybody looks for the object: `schema-violation` for what is no reference,
 * `not-authorized` for one to what somebody else has uploaded.
 */
export function readClaim(
  { name, value }: ClaimAttribute,
  { zone, source }: DraftReading,
): (Claim & { readonly ok: true }) | Refusal {
  const claim = typeof value === 'string' ? parseReference(value) : undefined;
  if (!claim) {
    const expected = 'uploads/{zone}/{gateway}/{sha256}-{bytes}';
    return refuse('schema-violation', `attribute ${name}: got ${show(value)}, expected ${expected}`);
  }
  const [speaker] = source.split('/');
  if (claim.zone !== zone || claim.gateway !== speaker) {
    const own = `uploads/${zone}/${speaker}/`;
    return refuse('not-authorized', `attribute ${name}: ${source} may refer to ${own} only, got ${show(value)}`);
  }
  return { ok: true, ...claim };
}

/**
 * What is wrong with an upload that a reading claims; undefined where nothing is. One that is not there is
 * `processing-failed`: a redrive looks again.
 */
export function breachOfClaim(
  { name, rule }: ClaimAttribute,
  { bytes, sha256 }: Claim,
  stored: StoredUpload | undefined,
): Refusal | undefined {
  if (!stored) {
    return refuse('processing-failed', `attribute ${name}: nothing is uploaded there; upload it, then redrive this`);
  }
  if (stored.bytes !== bytes || stored.sha256 !== sha256) {
    const got = `got ${stored.bytes} bytes of SHA-256 ${stored.sha256 ?? 'unknown'}`;
    return refuse('malformed', `attribute ${name}: ${got}, expected ${bytes} of ${sha256}`);
  }
  if (!rule.contentTypes.includes(stored.contentType)) {
    const expected = rule.contentTypes.join(', ');
    return refuse(
      'schema-violation',
      `attribute ${name}: got ${show(stored.contentType)}, expected one of ${expected}`,
    );
  }
  return undefined;
}
