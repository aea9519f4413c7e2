import type { AttributeValue } from '../../observation.ts';
import type { AttributeType, PolicyName } from '../../schema/city-config.ts';
import type { Calibration, Review } from '../evidence.ts';

/** One source's say in an attribute's value. There is at most one a source. */
export interface Vote {
  readonly source: string;
  readonly stamp: bigint;
  readonly value: AttributeValue;
  /** Present where an authority decided; a decision that has ended is no vote. */
  readonly validUntilMs?: number;
}

/** What a policy may go by beside the votes. */
export interface Circumstances {
  readonly attributeType: AttributeType;
  readonly calibration: Calibration | undefined;
  readonly review: Review | undefined;
  /** Whether a source that would vote by its age has not been heard since a decision superseded what it said. */
  readonly unheard: boolean;
}

/** What an attribute comes to: a scalar, or under `union` the sorted set of them. */
export type ResolvedValue = AttributeValue | readonly AttributeValue[];

export type PolicyFlag =
  /** A source was left out because it lies further off than its errors explain: it needs calibration. */
  | 'calibrate'
  /** An authority decided. */
  | 'decided'
  /** Nobody decided a disagreement that is open: the value is the safe one that the type declares. */
  | 'fail-safe';

export interface Verdict {
  readonly value: ResolvedValue;
  /** The sources whose votes made the value, sorted. */
  readonly counted: readonly string[];
  /** Source → why its vote did not make the value: a word in kebab-case, for `explain`. */
  readonly leftOut: ReadonlyMap<string, string>;
  /** Whether the votes that matter differ; absent, they do where any two of them differ by more than the tolerance. */
  readonly disagreeing?: boolean;
  readonly flags?: readonly PolicyFlag[];
  /** Source → how far its vote lies from the value, bias removed, and the standard deviation that this is measured in. */
  readonly distances?: ReadonlyMap<string, Distance>;
}

/** In the attribute's unit. */
export interface Distance {
  readonly distance: number;
  readonly sigma: number;
}

/** How siblings that disagree become one value: a pure function, whatever the votes' order. */
export interface Policy {
  readonly name: PolicyName;
  /** What a source's vote is where many of its readings fall into one bin of history: their mean, or the last. */
  readonly binVote: 'mean' | 'last';
  /** `votes` is not empty and all of one kind. */
  resolve(votes: readonly Vote[], circumstances: Circumstances): Verdict;
}

/** Numbers by size, `false` before `true`, strings by code unit. */
export function compareValues(a: AttributeValue, b: AttributeValue): number {
  return a === b ? 0 : Number(a > b) - Number(a < b);
}

/** Numbers whose extremes lie further apart than the tolerance, or unequal booleans or strings. */
export function disagree(votes: readonly Vote[], { tolerance = 0 }: AttributeType): boolean {
  let [least, greatest] = [votes[0]?.value ?? 0, votes[0]?.value ?? 0];
  for (const { value } of votes) {
    if (compareValues(value, least) < 0) least = value;
    if (compareValues(value, greatest) > 0) greatest = value;
  }
  return typeof least === 'number' && typeof greatest === 'number' ? greatest - least > tolerance : least !== greatest;
}

/** The votes that hold `value` make it; the others are left out for `reason`. */
export function verdictFor(value: AttributeValue, votes: readonly Vote[], reason: string): Verdict {
  return verdictOf(value, votes, (vote) => vote.value === value, reason);
}

export function verdictOf(
  value: ResolvedValue,
  votes: readonly Vote[],
  makesIt: (vote: Vote) => boolean,
  reason: string,
): Verdict {
  const counted: string[] = [];
  let leftOut: Map<string, string> | undefined;
  for (const vote of votes) {
    if (makesIt(vote)) {
      counted.push(vote.source);
    } else {
      leftOut ??= new Map();
      leftOut.set(vote.source, reason);
    }
  }
  return { value, counted: counted.sort(), leftOut: leftOut ?? NOBODY };
}

const NOBODY: Verdict['leftOut'] = new Map();

export function valueOf(vote: Vote): AttributeValue {
  return vote.value;
}
