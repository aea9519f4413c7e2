import type { AttributeValue, ReadingFlag } from '../observation.ts';
import type { AttributeType } from '../schema/city-config.ts';
import { isAuthority } from './authority.ts';
import type { Distrusts } from './distrust.ts';
import type { Calibration, Review } from './evidence.ts';
import { POLICIES } from './policies/index.ts';
import { disagree, type Distance, type PolicyFlag, type ResolvedValue } from './policies/policy.ts';
import { observedAtMsOf } from './stamp.ts';
import { type Standing, standingsOf } from './standing.ts';
import type { Register } from './twin.ts';

/**
 * `good`: the siblings that vote agree. `uncertain`: they do not, or there is reason to doubt the value (see
 * `DOUBTS`). `stale`: nobody votes any more; the value is the fail-safe one where the type declares one, else for want of a
 * better one the newest that nobody distrusts.
 */
export type Quality = 'good' | 'uncertain' | 'stale';

export type ResolvedFlag =
  | ReadingFlag
  | PolicyFlag
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
  'fail-safe',
]);

/**
 * `COUNTED` if the sibling made the value; else why it did not: `stale`, `ended` (a decision), `distrusted`,
 * `kind-mismatch`, or the policy's own word.
 */
export type Outcome = string;
export const COUNTED = 'counted';

/** What the siblings of one attribute come to at one instant, and what became of each. */
export interface Weighing {
  readonly value: ResolvedValue;
  /** The newest observation that made the value. */
  readonly observedAtMs: number;
  /** Whose siblings made the value, sorted. */
  readonly sources: readonly string[];
  readonly quality: Quality;
  /** Sorted: the remarks on the readings that made the value, and on the weighing itself. */
  readonly flags: readonly ResolvedFlag[];
  /**
   * The next instant at which the value, its time, sources, quality or flags change without input. `null`: never. Where
   * votes end one after the other and change nothing, `INSTANTS_MAX` of them are looked at.
   */
  readonly validUntilMs: number | null;
  /** Source → why its sibling did not make the value, or makes it only for want of a better one. */
  readonly leftOut: ReadonlyMap<string, Outcome>;
  /** Under a policy that measures them. */
  readonly distances?: ReadonlyMap<string, Distance>;
}

interface Scalar extends Standing {
  readonly value: AttributeValue;
}

/** What bears on one attribute beside its register. */
export interface Bearing {
  readonly calibration: Calibration | undefined;
  readonly review: Review | undefined;
  readonly distrusts: Distrusts;
}

/**
 * A pure function of siblings, type, evidence and `nowMs`. A sibling votes up to and including the age of `maxAgeMs`, one
 * from the future too; a decision until it ends; a source that an authority distrusts not at all. `attributeType` is
 * absent where the type does not declare the attribute. Returns `undefined` where no sibling stands.
 */
export function weigh(
  register: Register,
  attributeType: AttributeType | undefined,
  nowMs: number,
  bearing: Bearing,
): Weighing | undefined {
  const standings = standingsOf(register).filter(isScalar);
  const newest = standings[0];
  if (newest === undefined) {
    return undefined;
  }
  return attributeType === undefined
    ? undeclared(newest, standings)
    : declared(newest, { standings, register, attributeType, bearing }, nowMs);
}

/** How many instants are looked at for a change; a receiver that looks again too early comes to no harm. */
const INSTANTS_MAX = 16;

const NO_FLAGS: readonly ResolvedFlag[] = [];

/** All that stays the same while time passes. */
interface Question {
  /** Newest first. */
  readonly standings: readonly Scalar[];
  readonly register: Register;
  readonly attributeType: AttributeType;
  readonly bearing: Bearing;
}

function declared(newest: Scalar, question: Question, nowMs: number): Weighing {
  const { standings } = question;
  const voters = votersAt(nowMs, question);
  if (!isAnybody(voters)) return stale(newest, question, nowMs);
  const judgement = judge(voters, question, nowMs);
  const validUntilMs = validUntil(judgement, question, nowMs);
  if (voters === standings) return { ...judgement, validUntilMs };
  const excluded = exclusionsOf(question, nowMs);
  return { ...judgement, validUntilMs, leftOut: new Map([...excluded, ...judgement.leftOut]) };
}

type Judgement = Omit<Weighing, 'validUntilMs'>;

type Voters = readonly [Scalar, ...Scalar[]];

function isAnybody(voters: readonly Scalar[]): voters is Voters {
  return voters.length > 0;
}

/** `standings` itself where all of them vote. */
function votersAt(nowMs: number, question: Question): readonly Scalar[] {
  const isVote = (standing: Scalar) => exclusionOf(standing, question, nowMs) === undefined;
  return question.standings.every(isVote) ? question.standings : question.standings.filter(isVote);
}

/** What the siblings that vote come to; the newest stands first. */
function judge(voters: Voters, question: Question, nowMs: number): Judgement {
  const { attributeType, bearing } = question;
  const { calibration, review } = bearing;
  const circumstances = { attributeType, calibration, review, unheard: isAnyUnheard(question, nowMs) };
  const verdict = POLICIES[attributeType.policy].resolve(voters, circumstances);
  const { value, counted, leftOut, disagreeing = disagree(voters, attributeType), distances } = verdict;
  const makers = leftOut.size === 0 ? voters : voters.filter(({ source }) => !leftOut.has(source));
  const remarks: readonly ResolvedFlag[] = disagreeing
    ? ['disagreeing', ...(verdict.flags ?? [])]
    : (verdict.flags ?? NO_FLAGS);
  const flags = flagsOf(makers, remarks);
  const quality = flags.some((flag) => DOUBTS.has(flag)) ? 'uncertain' : 'good';
  const observedAtMs = (makers[0] ?? voters[0]).observedAtMs;
  const judgement = { value, observedAtMs, sources: counted, quality, flags, leftOut } as const;
  return distances ? Object.assign(judgement, { distances }) : judgement;
}

/**
 * Whether a source whose last reading was superseded would still vote by its age: after a decision it has to be heard
 * again before the sensors can be said to agree.
 */
function isAnyUnheard({ register, standings, attributeType, bearing }: Question, nowMs: number): boolean {
  if (register.size === standings.length) return false;
  for (const [source, { stamp, sibling }] of register) {
    const isOut = sibling !== undefined || isAuthority(source) || isDistrusted(source, bearing, nowMs);
    if (!isOut && nowMs - observedAtMsOf(stamp) <= attributeType.maxAgeMs) return true;
  }
  return false;
}

/** When the result changes by itself: the first of the instants ahead at which it comes to something else. */
function validUntil(now: Judgement, question: Question, nowMs: number): number | null {
  let looks = 0;
  for (const instantMs of instantsAfter(nowMs, question)) {
    looks += 1;
    if (looks === INSTANTS_MAX) return instantMs;
    const voters = votersAt(instantMs, question);
    if (!isAnybody(voters) || !sameResult(now, judge(voters, question, instantMs))) return instantMs;
  }
  return null;
}

/** When votes, decisions and distrusts end, ascending, each once. */
function instantsAfter(nowMs: number, { standings, register, attributeType, bearing }: Question): readonly number[] {
  const instants: number[] = [];
  let isAscending = true;
  const add = (instantMs: number): void => {
    const last = instants.at(-1) ?? nowMs;
    if (instantMs <= nowMs || instantMs === last) return;
    isAscending &&= instantMs > last;
    instants.push(instantMs);
  };
  // The newest stand first and the oldest votes end first, so there is mostly nothing to sort.
  for (let place = standings.length - 1; place >= 0; place -= 1) add(endOf(standings[place], attributeType));
  if (register.size > standings.length) {
    for (const { stamp, sibling } of register.values()) {
      if (sibling === undefined) add(observedAtMsOf(stamp) + attributeType.maxAgeMs + 1);
    }
  }
  for (const untilMs of bearing.distrusts.values()) add(untilMs);
  return isAscending ? instants : [...new Set(instants)].sort((a, b) => a - b);
}

/** The first instant at which its vote no longer counts. */
function endOf(standing: Scalar | undefined, { maxAgeMs }: AttributeType): number {
  return standing?.validUntilMs ?? (standing?.observedAtMs ?? 0) + maxAgeMs + 1;
}

function sameResult(a: Judgement, b: Judgement): boolean {
  return (
    sameValue(a.value, b.value) &&
    a.observedAtMs === b.observedAtMs &&
    a.quality === b.quality &&
    sameTexts(a.sources, b.sources) &&
    sameTexts(a.flags, b.flags)
  );
}

function sameValue(a: ResolvedValue, b: ResolvedValue): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return a.length === b.length && a.every((member, place) => member === b[place]);
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, place) => text === b[place]);
}

/**
 * Nobody votes, until a vote comes back or who is distrusted changes. What may hurt somebody is then the fail-safe value:
 * nobody knows whether what was said last still holds. Else it is what was said last by whoever is not distrusted.
 */
function stale(newest: Scalar, question: Question, nowMs: number): Weighing {
  const leftOut = exclusionsOf(question, nowMs);
  const last = lastBelieved(newest, question, nowMs);
  const remarks: readonly ResolvedFlag[] = leftOut.get(last.source) === 'kind-mismatch' ? ['kind-mismatch'] : [];
  const { failSafe } = question.attributeType;
  const isOver = (atMs: number) => votersAt(atMs, question).length > 0 || lastBelieved(newest, question, atMs) !== last;
  return {
    ...(failSafe === undefined
      ? shown(last, remarks)
      : { ...shown(last, [...remarks, 'fail-safe']), value: failSafe, sources: [] }),
    quality: 'stale',
    validUntilMs: instantsAfter(nowMs, question).find(isOver) ?? null,
    leftOut,
  };
}

/** The newest whose source nobody distrusts; where all are distrusted, the newest of all. */
function lastBelieved(newest: Scalar, { standings, bearing }: Question, nowMs: number): Scalar {
  return standings.find(({ source }) => !isDistrusted(source, bearing, nowMs)) ?? newest;
}

function undeclared(newest: Scalar, standings: readonly Scalar[]): Weighing {
  const leftOut = new Map(standings.slice(1).map(({ source }) => [source, 'older']));
  return { ...shown(newest, ['undeclared']), quality: 'uncertain', validUntilMs: null, leftOut };
}

function shown(newest: Scalar, remarks: readonly ResolvedFlag[]) {
  const { value, observedAtMs, source } = newest;
  return { value, observedAtMs, sources: [source], flags: flagsOf([newest], remarks) };
}

function exclusionOf(standing: Scalar, { attributeType, bearing }: Question, nowMs: number): Outcome | undefined {
  const { kind, maxAgeMs } = attributeType;
  const { source, value, observedAtMs, validUntilMs } = standing;
  if (typeof value !== kind) return 'kind-mismatch';
  if (validUntilMs !== undefined) return nowMs >= validUntilMs ? 'ended' : undefined;
  if (nowMs - observedAtMs > maxAgeMs) return 'stale';
  return isDistrusted(source, bearing, nowMs) ? 'distrusted' : undefined;
}

function isDistrusted(source: string, { distrusts }: Bearing, nowMs: number): boolean {
  return distrusts.size > 0 && nowMs < (distrusts.get(source) ?? 0);
}

function exclusionsOf(question: Question, nowMs: number): ReadonlyMap<string, Outcome> {
  const exclusions = new Map<string, Outcome>();
  for (const standing of question.standings) {
    const exclusion = exclusionOf(standing, question, nowMs);
    if (exclusion !== undefined) exclusions.set(standing.source, exclusion);
  }
  return exclusions;
}

function flagsOf(standings: readonly Scalar[], remarks: readonly ResolvedFlag[]): readonly ResolvedFlag[] {
  const own = standings[0]?.flags ?? NO_FLAGS;
  if (remarks.length === 0 && standings.every(({ flags }) => sameTexts(flags, own))) return own;
  return [...new Set<ResolvedFlag>([...standings.flatMap(({ flags }) => flags), ...remarks])].sort();
}

function isScalar(standing: Standing): standing is Scalar {
  return typeof standing.value !== 'object';
}
