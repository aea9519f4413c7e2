import type { AttributeValue, ReadingFlag } from '../observation.ts';
import type { AttributeType } from '../schema/city-config.ts';
import { POLICIES } from './policies/index.ts';
import { compareValues } from './policies/policy.ts';
import { type Standing, standingsOf } from './standing.ts';
import type { Register } from './twin.ts';

/**
 * `good`: the siblings that vote agree. `uncertain`: they do not, or there is reason to doubt the value (see
 * `DOUBTS`). `stale`: nobody votes any more; the value is the newest sibling's, for want of a better one.
 */
export type Quality = 'good' | 'uncertain' | 'stale';

export type ResolvedFlag =
  | ReadingFlag
  /** Siblings that vote differ by more than the attribute's tolerance. */
  | 'disagreeing'
  /** The asset's type does not declare the attribute (any more): the newest sibling, without unit, policy or age. */
  | 'undeclared'
  /** The value is not of the kind that the type declares (any more). */
  | 'kind-mismatch';

const DOUBTS: ReadonlySet<ResolvedFlag> = new Set([
  'disagreeing',
  'undeclared',
  'kind-mismatch',
  'observed-at-missing',
]);

/** `COUNTED` if the sibling made the value; else why it did not: `stale`, `kind-mismatch`, or the policy's own word. */
export type Outcome = string;
export const COUNTED = 'counted';

/** What the siblings of one attribute come to at one instant, and what became of each. */
export interface Weighing {
  readonly value: AttributeValue;
  /** The newest observation that made the value. */
  readonly observedAtMs: number;
  /** Whose siblings made the value, sorted. */
  readonly sources: readonly string[];
  readonly quality: Quality;
  /** Sorted: the remarks on the readings that made the value, and on the weighing itself. */
  readonly flags: readonly ResolvedFlag[];
  /**
   * The next instant at which the value, its time, sources, quality or flags change without input. `null`: never. Where
   * more than `ENDS_MAX` votes end one after the other and change nothing, the end of the last of them.
   */
  readonly validUntilMs: number | null;
  /** Source → why its sibling did not make the value, or makes it only for want of a better one. */
  readonly leftOut: ReadonlyMap<string, Outcome>;
}

interface Scalar extends Standing {
  readonly value: AttributeValue;
}

/**
 * A pure function of siblings, type and `nowMs`. A sibling votes up to and including the age of `maxAgeMs`; one from
 * the future votes too. `attributeType` is absent where the type does not declare the attribute. Returns `undefined`
 * where no sibling stands.
 */
export function weigh(
  register: Register,
  attributeType: AttributeType | undefined,
  nowMs: number,
): Weighing | undefined {
  const standings = standingsOf(register).filter(isScalar);
  const newest = standings[0];
  if (newest === undefined) {
    return undefined;
  }
  return attributeType === undefined
    ? undeclared(newest, standings)
    : declared(newest, standings, attributeType, nowMs);
}

/** How many ends of votes are looked at for a change; a receiver that looks again too early comes to no harm. */
const ENDS_MAX = 16;

const NO_FLAGS: readonly ResolvedFlag[] = [];

function declared(newest: Scalar, standings: readonly Scalar[], attributeType: AttributeType, nowMs: number): Weighing {
  const isVote = (standing: Scalar) => exclusionOf(standing, attributeType, nowMs) === undefined;
  const voters = standings.every(isVote) ? standings : standings.filter(isVote);
  if (voters.length === 0) return stale(newest, standings, attributeType, nowMs);
  const verdict = verdictOf(voters, attributeType);
  const validUntilMs = validUntil(verdict, voters, attributeType);
  if (voters === standings) return { ...verdict, validUntilMs };
  const excluded = exclusionsOf(standings, attributeType, nowMs);
  return { ...verdict, validUntilMs, leftOut: new Map([...excluded, ...verdict.leftOut]) };
}

type Judgement = Omit<Weighing, 'validUntilMs'>;

/** What the siblings that vote come to; there is at least one, and the newest stands first. */
function verdictOf(voters: readonly Scalar[], { policy, tolerance = 0 }: AttributeType): Judgement {
  const { value, counted, leftOut } = POLICIES[policy].resolve(voters);
  const makers = leftOut.size === 0 ? voters : voters.filter(({ source }) => !leftOut.has(source));
  const flags = flagsOf(makers, disagree(voters, tolerance) ? 'disagreeing' : undefined);
  const quality = flags.some((flag) => DOUBTS.has(flag)) ? 'uncertain' : 'good';
  return { value, observedAtMs: makers[0]?.observedAtMs ?? 0, sources: counted, quality, flags, leftOut };
}

/**
 * When the result changes by itself: votes end, the oldest first, until those that are left come to something else.
 * With the last vote the value goes stale; that needs no look.
 */
function validUntil(now: Judgement, voters: readonly Scalar[], attributeType: AttributeType): number {
  let left = voters.length;
  for (let looks = 1; ; looks += 1) {
    const endMs = endOf(voters[left - 1], attributeType);
    while (left > 0 && endOf(voters[left - 1], attributeType) === endMs) left -= 1;
    if (left === 0 || looks === ENDS_MAX) return endMs;
    if (!sameResult(now, verdictOf(voters.slice(0, left), attributeType))) return endMs;
  }
}

/** The first instant at which its vote no longer counts. */
function endOf(voter: Scalar | undefined, { maxAgeMs }: AttributeType): number {
  return (voter?.observedAtMs ?? 0) + maxAgeMs + 1;
}

function sameResult(a: Judgement, b: Judgement): boolean {
  return (
    a.value === b.value &&
    a.observedAtMs === b.observedAtMs &&
    a.quality === b.quality &&
    sameTexts(a.sources, b.sources) &&
    sameTexts(a.flags, b.flags)
  );
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, place) => text === b[place]);
}

function stale(newest: Scalar, standings: readonly Scalar[], attributeType: AttributeType, nowMs: number): Weighing {
  const leftOut = exclusionsOf(standings, attributeType, nowMs);
  const remark = leftOut.get(newest.source) === 'kind-mismatch' ? 'kind-mismatch' : undefined;
  return { ...shown(newest, remark), quality: 'stale', validUntilMs: null, leftOut };
}

function undeclared(newest: Scalar, standings: readonly Scalar[]): Weighing {
  const leftOut = new Map(standings.slice(1).map(({ source }) => [source, 'older']));
  return { ...shown(newest, 'undeclared'), quality: 'uncertain', validUntilMs: null, leftOut };
}

function shown(newest: Scalar, remark: ResolvedFlag | undefined) {
  const { value, observedAtMs, source } = newest;
  return { value, observedAtMs, sources: [source], flags: flagsOf([newest], remark) };
}

function exclusionOf(standing: Scalar, { kind, maxAgeMs }: AttributeType, nowMs: number): Outcome | undefined {
  if (typeof standing.value !== kind) {
    return 'kind-mismatch';
  }
  return nowMs - standing.observedAtMs > maxAgeMs ? 'stale' : undefined;
}

function exclusionsOf(
  standings: readonly Scalar[],
  attributeType: AttributeType,
  nowMs: number,
): ReadonlyMap<string, Outcome> {
  const exclusions = new Map<string, Outcome>();
  for (const standing of standings) {
    const exclusion = exclusionOf(standing, attributeType, nowMs);
    if (exclusion !== undefined) exclusions.set(standing.source, exclusion);
  }
  return exclusions;
}

/** Numbers whose extremes lie further apart than the tolerance, or unequal booleans or strings. */
function disagree(voters: readonly Scalar[], tolerance: number): boolean {
  let [least, greatest] = [voters[0]?.value ?? 0, voters[0]?.value ?? 0];
  for (const { value } of voters) {
    if (compareValues(value, least) < 0) least = value;
    if (compareValues(value, greatest) > 0) greatest = value;
  }
  return typeof least === 'number' && typeof greatest === 'number' ? greatest - least > tolerance : least !== greatest;
}

function flagsOf(standings: readonly Scalar[], remark: ResolvedFlag | undefined): readonly ResolvedFlag[] {
  const own = standings[0]?.flags ?? NO_FLAGS;
  if (remark === undefined && standings.every(({ flags }) => sameTexts(flags, own))) return own;
  const flags = new Set<ResolvedFlag>(standings.flatMap(({ flags }) => flags));
  if (remark !== undefined) flags.add(remark);
  return [...flags].sort();
}

function isScalar(standing: Standing): standing is Scalar {
  return typeof standing.value !== 'object';
}
