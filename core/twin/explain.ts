import type { ReadingFlag } from '../observation.ts';
import type { AssetType, AttributeType, PolicyName } from '../schema/city-config.ts';
import { POSITION } from '../schema/names.ts';
import { isAuthority } from './authority.ts';
import { distrustsOf, isDistrustRegister } from './distrust.ts';
import { type Evidence, NO_EVIDENCE, type Review } from './evidence.ts';
import {
  attributeTypeOf,
  bearingOn,
  type ResolvedAttribute,
  type ResolvedPosition,
  resolvedOf,
  resolvePosition,
} from './resolve.ts';
import { sortedByKey } from './sorted.ts';
import { formatStamp, observedAtMsOf } from './stamp.ts';
import { type Standing, standingsOf } from './standing.ts';
import type { Register, RegisterValue, Twin } from './twin.ts';
import { type Bearing, COUNTED, type Outcome, weigh, type Weighing } from './weigh.ts';

const NO_ENTRIES: Register = new Map();

/** Where an attribute's value comes from, as plain JSON: what is not there is `null` here, and absent in a sibling. */
export interface Explanation {
  readonly assetId: string;
  readonly attribute: string;
  readonly nowMs: number;
  /** These are `null` where the asset's type does not declare the attribute. */
  readonly policy: PolicyName | null;
  readonly maxAgeMs: number | null;
  readonly tolerance: number | null;
  /** The version of the record that the sources' errors are from; `null` where there is none. */
  readonly calibration: string | null;
  /** The disagreement that is watched or open, if any. */
  readonly review: Review | null;
  /** `null` where no sibling stands. */
  readonly resolved: ResolvedAttribute | ResolvedPosition | null;
  /** Newest first. */
  readonly siblings: readonly ExplainedSibling[];
  /** Dots that another writer had seen and replaced: of each source the highest, by source. */
  readonly superseded: readonly SupersededDot[];
}

interface Dot {
  readonly source: string;
  /** Decimal. */
  readonly stamp: string;
  readonly observedAtMs: number;
}

export interface SupersededDot extends Dot {
  /**
   * The authorities whose standing decision is the later, one of which had seen it. Empty where no decision stands: a
   * register keeps what was seen, and not who had seen it.
   */
  readonly seenBy: readonly string[];
}

export interface ExplainedSibling extends Dot, Partial<Measure> {
  readonly value: RegisterValue;
  readonly receivedAtMs: number;
  /** Negative for an observation from the future. */
  readonly ageMs: number;
  readonly flags: readonly ReadingFlag[];
  /** Present where it is a decision of an authority: from then on it no longer stands. */
  readonly validUntilMs?: number;
  /** Present while an authority distrusts the source: until then it has no vote. */
  readonly distrustedUntilMs?: number;
  /** Whether it made the value. */
  readonly counted: boolean;
  /** Why it is out: `stale`, `kind-mismatch`, or the policy's word, such as `lower` or `older`; `counted` if it is in. */
  readonly outcome: Outcome;
}

/** How a policy that measures saw a vote, in the attribute's unit. */
interface Measure {
  /** What was subtracted from the value. */
  readonly bias: number;
  readonly sigma: number;
  /** From the resolved value, once the bias is removed. */
  readonly distance: number;
  /** The same in σ. */
  readonly sigmas: number;
}

/**
 * Explains one attribute, or the position, at `nowMs`. `undefined`: neither does the type declare it nor has anybody
 * reported it.
 */
export function explain(
  twin: Twin,
  assetType: AssetType | undefined,
  attribute: string,
  nowMs: number,
  evidence: Evidence = NO_EVIDENCE,
): Explanation | undefined {
  if (isDistrustRegister(attribute)) return undefined;
  const register = twin.registers.get(attribute) ?? NO_ENTRIES;
  const bearing = bearingOn(attribute, distrustsOf(twin).get(attribute), evidence);
  const asked = {
    assetId: twin.assetId,
    attribute,
    nowMs,
    calibration: bearing.calibration?.version ?? null,
    review: bearing.review ?? null,
    superseded: supersededOf(register),
  };
  if (attribute === POSITION) {
    return register.size > 0 ? { ...asked, ...explainPosition(twin, register, nowMs) } : undefined;
  }
  const attributeType = attributeTypeOf(assetType, attribute);
  return attributeType === undefined && register.size === 0
    ? undefined
    : { ...asked, ...explainAttribute(register, attributeType, nowMs, bearing) };
}

type Reasons = Pick<Explanation, 'policy' | 'maxAgeMs' | 'tolerance' | 'resolved' | 'siblings'>;

function explainAttribute(
  register: Register,
  attributeType: AttributeType | undefined,
  nowMs: number,
  bearing: Bearing,
): Reasons {
  const weighing = weigh(register, attributeType, nowMs, bearing);
  // What was not weighed at all is a position in the register of an attribute.
  const outcomeOf = ({ source, value }: Standing) =>
    typeof value === 'object' ? 'kind-mismatch' : (weighing?.leftOut.get(source) ?? COUNTED);
  return {
    policy: attributeType?.policy ?? null,
    maxAgeMs: attributeType?.maxAgeMs ?? null,
    tolerance: attributeType ? (attributeType.tolerance ?? 0) : null,
    resolved: weighing ? resolvedOf(weighing, attributeType) : null,
    siblings: standingsOf(register).map((standing) => ({
      ...explained(standing, outcomeOf(standing), nowMs),
      ...measureOf(standing.source, weighing, bearing),
      ...distrustOf(standing.source, bearing, nowMs),
    })),
  };
}

function explainPosition(twin: Twin, register: Register, nowMs: number): Reasons {
  const resolved = resolvePosition(twin) ?? null;
  const outcomeOf = ({ source }: Standing) => (source === resolved?.source ? COUNTED : 'older');
  const siblings = standingsOf(register).map((sibling) => explained(sibling, outcomeOf(sibling), nowMs));
  return { policy: 'latest', maxAgeMs: null, tolerance: null, resolved, siblings };
}

function explained(standing: Standing, outcome: Outcome, nowMs: number): ExplainedSibling {
  return {
    ...standing,
    stamp: formatStamp(standing.stamp),
    ageMs: nowMs - standing.observedAtMs,
    counted: outcome === COUNTED,
    outcome,
  };
}

function measureOf(source: string, weighing: Weighing | undefined, { calibration }: Bearing): Measure | undefined {
  const measured = weighing?.distances?.get(source);
  if (measured === undefined) return undefined;
  const { distance, sigma } = measured;
  return { bias: calibration?.sources.get(source)?.bias ?? 0, sigma, distance, sigmas: distance / sigma };
}

function distrustOf(source: string, { distrusts }: Bearing, nowMs: number) {
  const untilMs = distrusts.get(source) ?? 0;
  return nowMs < untilMs ? { distrustedUntilMs: untilMs } : undefined;
}

function supersededOf(register: Register): readonly SupersededDot[] {
  const decisions = [...register].filter(([source, { sibling }]) => sibling !== undefined && isAuthority(source));
  return sortedByKey(register)
    .filter(([, { sibling }]) => sibling === undefined)
    .map(([source, { stamp }]) => ({
      source,
      stamp: formatStamp(stamp),
      observedAtMs: observedAtMsOf(stamp),
      seenBy: decisions.flatMap(([authority, entry]) => (entry.stamp > stamp ? authority : [])).sort(),
    }));
}
