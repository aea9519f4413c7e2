import type { Position } from '../observation.ts';
import type { AssetType, AttributeType } from '../schema/city-config.ts';
import { POSITION } from '../schema/names.ts';
import { type Distrusts, distrustsOf, isDistrustRegister, NO_DISTRUSTS } from './distrust.ts';
import { type Evidence, NO_EVIDENCE } from './evidence.ts';
import { sortedKeys } from './sorted.ts';
import { type Standing, standingsOf } from './standing.ts';
import type { Register, Twin } from './twin.ts';
import { type Bearing, type Weighing, weigh } from './weigh.ts';

const NO_ENTRIES: Register = new Map();

export interface ResolvedAttribute
  extends Pick<Weighing, 'value' | 'observedAtMs' | 'sources' | 'quality' | 'flags' | 'validUntilMs'> {
  /** UN/CEFACT common code. */
  readonly unit?: string;
}

export interface ResolvedPosition {
  readonly value: Position;
  readonly observedAtMs: number;
  readonly source: string;
}

/** What a twin comes to at one instant: derived, never merged. */
export interface ResolvedTwin extends Pick<Twin, 'assetId' | 'assetType' | 'zone' | 'registered'> {
  /** By name, sorted. */
  readonly attributes: ReadonlyMap<string, ResolvedAttribute>;
  readonly position?: ResolvedPosition;
  readonly resolvedAtMs: number;
  /** From this instant on the twin must be resolved again, even without input; `null` if it never changes by itself. */
  readonly validUntilMs: number | null;
}

/**
 * Resolves every attribute that has a sibling by the policy of its type, and by what is known of its sources. `assetType` is the declaration of the twin's
 * type, absent where the configuration does not know it (any more). The position is the newest sibling's, of whatever
 * age: assets that stand still report it once.
 */
export function resolve(
  twin: Twin,
  assetType: AssetType | undefined,
  nowMs: number,
  evidence: Evidence = NO_EVIDENCE,
): ResolvedTwin {
  const distrusts = distrustsOf(twin);
  const attributes = new Map<string, ResolvedAttribute>();
  let validUntilMs: number | null = null;
  for (const name of sortedKeys(twin.registers)) {
    const register = twin.registers.get(name);
    if (register === undefined || name === POSITION || isDistrustRegister(name)) continue;
    const attributeType = attributeTypeOf(assetType, name);
    const weighing = weigh(register, attributeType, nowMs, bearingOn(name, distrusts.get(name), evidence));
    if (weighing === undefined) continue;
    attributes.set(name, resolvedOf(weighing, attributeType));
    validUntilMs = earlier(validUntilMs, weighing.validUntilMs);
  }
  const position = resolvePosition(twin);
  return {
    assetId: twin.assetId,
    assetType: twin.assetType,
    zone: twin.zone,
    registered: twin.registered,
    attributes,
    ...(position && { position }),
    resolvedAtMs: nowMs,
    validUntilMs,
  };
}

export function bearingOn(attribute: string, distrusts: Distrusts | undefined, evidence: Evidence): Bearing {
  return {
    distrusts: distrusts ?? NO_DISTRUSTS,
    calibration: evidence.calibrations.get(attribute),
    review: evidence.reviews.get(attribute),
  };
}

/** `null` is never. */
function earlier(aMs: number | null, bMs: number | null): number | null {
  return aMs === null || (bMs !== null && bMs < aMs) ? bMs : aMs;
}

/** The declaration of an attribute, if the type is known and has one. */
export function attributeTypeOf(assetType: AssetType | undefined, name: string): AttributeType | undefined {
  // An attribute of an older configuration may be named like a property that every object inherits.
  return assetType !== undefined && Object.hasOwn(assetType.attributes, name) ? assetType.attributes[name] : undefined;
}

/** A weighing as it is shown, with the unit that the type declares. */
export function resolvedOf(weighing: Weighing, attributeType: AttributeType | undefined): ResolvedAttribute {
  const { value, observedAtMs, sources, quality, flags, validUntilMs } = weighing;
  const unit = attributeType?.unit;
  const resolved = { value, observedAtMs, sources, quality, flags, validUntilMs };
  return unit === undefined ? resolved : Object.assign(resolved, { unit });
}

/** The newest sibling of the position register, if any. */
export function resolvePosition(twin: Twin): ResolvedPosition | undefined {
  const newest = standingsOf(twin.registers.get(POSITION) ?? NO_ENTRIES).find(isPosition);
  return newest && { value: newest.value, observedAtMs: newest.observedAtMs, source: newest.source };
}

function isPosition(standing: Standing): standing is Standing & { readonly value: Position } {
  return typeof standing.value === 'object';
}
