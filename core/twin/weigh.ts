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
  /** Source → what became of its sibling. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
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

type Judgement = Omit<Weighing, 'validUntilMs'>;

function declared(newest: Scalar, standings: readonly Scalar[], attributeType: AttributeType, nowMs: number): Weighing {
  const now = judge(newest, standings, attributeType, nowMs);
  if (now.quality === 'stale') {
    return { ...now, validUntilMs: null };
  }
  const ends = standings
    .filter(({ source }) => isVote(now.outcomes.get(source)))
    .map(({ observedAtMs }) => observedAtMs + attributeType.maxAgeMs + 1);
  const candidates = [...new Set(ends)].sort((a, b) => a - b).slice(0, ENDS_MAX);
  // With the last vote the value goes stale: that needs no look.
  const last = candidates.pop() ?? null;
  const change = candidates.find((endMs) => !sameResult(now, judge(newest, standings, attributeType, endMs)));
  return { ...now, validUntilMs: change ?? last };
}

/** A sibling that is neither too old nor of the wrong kind votes, whether its vote makes the value or not. */
function isVote(outcome: Outcome | undefined): boolean {
  return outcome !== 'stale' && outcome !== 'kind-mismatch';
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

function judge(newest: Scalar, standings: readonly Scalar[], attributeType: AttributeType, nowMs: number): Judgement {
  const outcomes = new Map<string, Outcome>();
  for (const standing of standings) {
    outcomes.set(standing.source, exclusionOf(standing, attributeType, nowMs) ?? COUNTED);
  }
  const voters = standings.filter(({ source }) => outcomes.get(source) === COUNTED);
  if (voters.length === 0) {
    return stale(newest, outcomes);
  }
  const verdict = POLICIES[attributeType.policy].resolve(voters);
  for (const [source, reason] of verdict.leftOut) {
    outcomes.set(source, reason);
  }
  const counted = voters.filter(({ source }) => verdict.counted.includes(source));
  const flags = flagsOf(counted, disagree(voters, attributeType.tolerance ?? 0) ? ['disagreeing'] : []);
  return {
    value: verdict.value,
    observedAtMs: Math.max(...counted.map(({ observedAtMs }) => observedAtMs)),
    sources: verdict.counted,
    quality: flags.some((flag) => DOUBTS.has(flag)) ? 'uncertain' : 'good',
    flags,
    outcomes,
  };
}

function stale(newest: Scalar, outcomes: ReadonlyMap<string, Outcome>): Judgement {
  const remarks: ResolvedFlag[] = outcomes.get(newest.source) === 'kind-mismatch' ? ['kind-mismatch'] : [];
  return { ...shown(newest, remarks), quality: 'stale', outcomes };
}

function undeclared(newest: Scalar, standings: readonly Scalar[]): Weighing {
  const outcomes = new Map(standings.map((standing) => [standing.source, standing === newest ? COUNTED : 'older']));
  return { ...shown(newest, ['undeclared']), quality: 'uncertain', validUntilMs: null, outcomes };
}

function shown(newest: Scalar, remarks: readonly ResolvedFlag[]) {
  const { value, observedAtMs, source } = newest;
  return { value, observedAtMs, sources: [source], flags: flagsOf([newest], remarks) };
}

function exclusionOf(standing: Scalar, { kind, maxAgeMs }: AttributeType, nowMs: number): Outcome | undefined {
  if (typeof standing.value !== kind) {
    return 'kind-mismatch';
  }
  return nowMs - standing.observedAtMs > maxAgeMs ? 'stale' : undefined;
}

/** Numbers whose extremes lie further apart than the tolerance, or unequal booleans or strings. */
function disagree(voters: readonly Scalar[], tolerance: number): boolean {
  const values = voters.map(({ value }) => value).sort(compareValues);
  const [least, greatest] = [values[0], values.at(-1)];
  return typeof least === 'number' && typeof greatest === 'number' ? greatest - least > tolerance : least !== greatest;
}

function flagsOf(standings: readonly Scalar[], remarks: readonly ResolvedFlag[]): readonly ResolvedFlag[] {
  return [...new Set([...remarks, ...standings.flatMap(({ flags }) => flags)])].sort();
}

function isScalar(standing: Standing): standing is Scalar {
  return typeof standing.value !== 'object';
}
