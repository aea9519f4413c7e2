import type { AttributeValue } from '../../observation.ts';
import type { PolicyName } from '../../schema/city-config.ts';

/** One source's say in an attribute's value. There is at most one a source. */
export interface Vote {
  readonly source: string;
  readonly stamp: bigint;
  readonly value: AttributeValue;
}

export interface Verdict {
  readonly value: AttributeValue;
  /** The sources whose votes made the value, sorted. */
  readonly counted: readonly string[];
  /** Source → why its vote did not make the value: a word in kebab-case, for `explain`. */
  readonly leftOut: ReadonlyMap<string, string>;
}

/** How siblings that disagree become one value: a pure function of the votes, whatever their order. */
export interface Policy {
  readonly name: PolicyName;
  /** What a source's vote is where many of its readings fall into one bin of history: their mean, or the last. */
  readonly binVote: 'mean' | 'last';
  /** `votes` is not empty and all of one kind. */
  resolve(votes: readonly Vote[]): Verdict;
}

/** Numbers by size, `false` before `true`, strings by code unit. */
export function compareValues(a: AttributeValue, b: AttributeValue): number {
  return a === b ? 0 : Number(a > b) - Number(a < b);
}

/** The votes that hold `value` make it; the others are left out for `reason`. */
export function verdictFor(value: AttributeValue, votes: readonly Vote[], reason: string): Verdict {
  return verdictOf(value, votes, (vote) => vote.value === value, reason);
}

export function verdictOf(
  value: AttributeValue,
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
