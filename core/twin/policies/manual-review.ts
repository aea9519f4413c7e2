import { compareDots } from './latest.ts';
import {
  type Circumstances,
  disagree,
  type Policy,
  type PolicyFlag,
  type Verdict,
  verdictOf,
  type Vote,
} from './policy.ts';

/**
 * For what must never be settled by a rule. While the sensors agree they count. When they begin to differ the newest of
 * them counts, because a change is seen by one before the other; once the disagreement is open, what an authority has
 * decided, else the fail-safe value of the type.
 */
export const manualReview: Policy = {
  name: 'manual-review',
  binVote: 'last',
  resolve(votes, circumstances) {
    const sensors = votes.filter(({ validUntilMs }) => validUntilMs === undefined);
    const decisions = votes.filter(({ validUntilMs }) => validUntilMs !== undefined);
    const disagreeing = disagree(sensors, circumstances.attributeType);
    const newest = newestOf(sensors);
    if (newest && !disagreeing && !(circumstances.unheard && decisions.length > 0)) {
      return { ...verdictOf(newest.value, votes, (vote) => vote === newest, 'agrees'), disagreeing };
    }
    const isSettled = circumstances.review?.openedAtMs !== undefined || !newest || circumstances.unheard;
    return isSettled
      ? settled(votes, decisions, disagreeing, circumstances)
      : { ...verdictOf(newest.value, votes, (vote) => vote === newest, 'older'), disagreeing };
  },
};

function settled(
  votes: readonly Vote[],
  decisions: readonly Vote[],
  disagreeing: boolean,
  { attributeType }: Circumstances,
): Verdict {
  const decision = newestOf(decisions);
  const concurrent = decisions.some(({ value }) => value !== decision?.value);
  const flags: readonly PolicyFlag[] = decision && !concurrent ? ['decided'] : ['fail-safe'];
  const value = decision && !concurrent ? decision.value : (attributeType.failSafe ?? newestOf(votes)?.value ?? 0);
  const reason = concurrent ? 'contradicted' : 'in-review';
  const verdict = verdictOf(value, votes, (vote) => !concurrent && vote.validUntilMs !== undefined, reason);
  return { ...verdict, disagreeing: disagreeing || concurrent, flags };
}

function newestOf(votes: readonly Vote[]): Vote | undefined {
  return votes.toSorted((a, b) => compareDots(b, a))[0];
}
