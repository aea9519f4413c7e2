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
 * them counts, because a change is seen by one before the other. Once the disagreement is open, and while no sensor has a
 * vote, what an authority has decided holds, else the fail-safe value of the type; and where authorities contradict each
 * other, the fail-safe value.
 *
 * A decision supersedes the readings that its author had seen. So it holds, too, until each of their sources has been
 * heard again or has been silent for as long as a reading votes: that those agree who came first is no agreement yet.
 */
export const manualReview: Policy = {
  name: 'manual-review',
  binVote: 'last',
  resolve(votes, circumstances) {
    const sensors = votes.filter(({ validUntilMs }) => validUntilMs === undefined);
    const decisions = votes.filter(({ validUntilMs }) => validUntilMs !== undefined);
    const disagreeing = disagree(sensors, circumstances.attributeType);
    const isOpen = circumstances.review?.openedAtMs !== undefined;
    const isAwaited = circumstances.unheard && (decisions.length > 0 || isOpen);
    const newest = newestOf(sensors);
    if (newest && !isAwaited && !(disagreeing && isOpen)) {
      return { ...sensed(newest, votes, disagreeing), disagreeing };
    }
    return settled(votes, decisions, disagreeing, circumstances);
  },
};

/** Sensors that agree make the value together, although under a tolerance the newest gives its number. */
function sensed(newest: Vote, votes: readonly Vote[], disagreeing: boolean): Verdict {
  return disagreeing
    ? verdictOf(newest.value, votes, (vote) => vote === newest, 'older')
    : verdictOf(newest.value, votes, ({ validUntilMs }) => validUntilMs === undefined, 'sensors-agree');
}

function settled(
  votes: readonly Vote[],
  decisions: readonly Vote[],
  disagreeing: boolean,
  { attributeType }: Circumstances,
): Verdict {
  const decision = newestOf(decisions);
  const isContradicted = decisions.some(({ value }) => value !== decision?.value);
  if (decision && !isContradicted) {
    const verdict = verdictOf(decision.value, votes, (vote) => vote.validUntilMs !== undefined, 'in-review');
    return { ...verdict, disagreeing, flags: DECIDED };
  }
  const { failSafe = newestOf(votes)?.value ?? 0 } = attributeType;
  const verdict = verdictOf(failSafe, votes, () => false, isContradicted ? 'contradicted' : 'in-review');
  return { ...verdict, disagreeing: disagreeing || isContradicted, flags: FAIL_SAFE };
}

const DECIDED: readonly PolicyFlag[] = ['decided'];
const FAIL_SAFE: readonly PolicyFlag[] = ['fail-safe'];

function newestOf(votes: readonly Vote[]): Vote | undefined {
  return votes.toSorted((a, b) => compareDots(b, a))[0];
}
