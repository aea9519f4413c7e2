import type { AttributeExplanation, SiblingExplanation } from '../../../core/twin/explain-json.ts';
import type { ResolvedAttribute } from '../../../core/twin/resolve.ts';

export const NOW_MS = Date.UTC(2026, 10, 21, 16, 31, 14);

/** What `source` said so many seconds ago, received 0.4 s later; it counts, unless `rest` says otherwise. */
export function siblingOf(
  source: string,
  value: SiblingExplanation['value'],
  ageS: number,
  rest: Partial<SiblingExplanation> = {},
): SiblingExplanation {
  const observedAtMs = NOW_MS - ageS * 1000;
  return {
    source,
    value,
    stamp: `${observedAtMs}004711`,
    observedAtMs,
    receivedAtMs: observedAtMs + 400,
    ageMs: ageS * 1000,
    flags: [],
    counted: true,
    outcome: 'counted',
    ...rest,
  };
}

/** Of an attribute that nobody has reported, except for what is given. */
export function explanationOf(given: Partial<AttributeExplanation>): AttributeExplanation {
  return {
    assetId: 'asset-1',
    attribute: 'taken',
    nowMs: NOW_MS,
    policy: 'max',
    maxAgeMs: 900_000,
    tolerance: 0,
    calibration: null,
    review: null,
    resolved: null,
    siblings: [],
    superseded: [],
    before: null,
    ...given,
  };
}

export function resolvedTo(
  value: ResolvedAttribute['value'],
  rest: Partial<ResolvedAttribute> = {},
): ResolvedAttribute {
  const quality = 'good' as const;
  return { value, observedAtMs: NOW_MS - 12_000, sources: [], quality, flags: [], validUntilMs: null, ...rest };
}
