import type { Position } from '../observation.ts';
import type { AssetType, AttributeType } from '../schema/city-config.ts';
import { POSITION } from '../schema/names.ts';
import { sortedByKey } from './sorted.ts';
import { type Standing, standingsOf } from './standing.ts';
import type { Twin } from './twin.ts';
import { type Weighing, weigh } from './weigh.ts';

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
 * Resolves every attribute that has a sibling by the policy of its type. `assetType` is the declaration of the twin's
 * type, absent where the configuration does not know it (any more). The position is the newest sibling's, of whatever
 * age: assets that stand still report it once.
 */
export function resolve(twin: Twin, assetType: AssetType | undefined, nowMs: number): ResolvedTwin {
  const attributes = new Map<string, ResolvedAttribute>();
  for (const [name, register] of sortedByKey(twin.registers)) {
    const attributeType = attributeTypeOf(assetType, name);
    const weighing = name === POSITION ? undefined : weigh(register, attributeType, nowMs);
    if (weighing !== undefined) {
      attributes.set(name, resolvedOf(weighing, attributeType));
    }
  }
  const position = resolvePosition(twin);
  const expiries = [...attributes.values()].flatMap(({ validUntilMs }) => validUntilMs ?? []);
  return {
    assetId: twin.assetId,
    assetType: twin.assetType,
    zone: twin.zone,
    registered: twin.registered,
    attributes,
    ...(position && { position }),
    resolvedAtMs: nowMs,
    validUntilMs: expiries.length > 0 ? Math.min(...expiries) : null,
  };
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
  return { value, ...(unit !== undefined && { unit }), observedAtMs, sources, quality, flags, validUntilMs };
}

/** The newest sibling of the position register, if any. */
export function resolvePosition(twin: Twin): ResolvedPosition | undefined {
  const newest = standingsOf(twin.registers.get(POSITION) ?? new Map()).find(isPosition);
  return newest && { value: newest.value, observedAtMs: newest.observedAtMs, source: newest.source };
}

function isPosition(standing: Standing): standing is Standing & { readonly value: Position } {
  return typeof standing.value === 'object';
}
