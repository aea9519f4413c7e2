import type { AttributeExplanation, SiblingExplanation } from '../../core/twin/explain-json.ts';
import type { ResolvedAttribute } from '../../core/twin/resolve.ts';
import { readableTime, readableValue } from '../readable.ts';
import { ageOf } from '../watch/lines.ts';
import { sigmasOf, verdictOf, votes } from './verdict.ts';

/** Sources that have no vote are named up to so many. */
const NAMED_MAX = 2;

/** Why the value is what it is, and what it was before. */
export function sentenceOf(explanation: AttributeExplanation): string {
  const parts = [reasonOf(explanation), ...voicelessOf(explanation), ...beforeOf(explanation)];
  return `${parts.join('; ')}.`;
}

function reasonOf(explanation: AttributeExplanation): string {
  const { resolved, siblings, superseded } = explanation;
  if (resolved === null) {
    if (siblings.length > 0) return 'Nothing that was reported is a value';
    return superseded.length > 0 ? 'What was reported is superseded, and nothing stands' : 'Nobody has reported it yet';
  }
  if (!('quality' in resolved)) return `The newest position, by ${resolved.source}`;
  const [source = ''] = resolved.sources;
  if (resolved.flags.includes('undeclared')) {
    return `What ${source} said last; the asset’s type does not declare it (any more)`;
  }
  if (resolved.quality === 'stale') {
    const age = ageOf(explanation.nowMs - resolved.observedAtMs);
    if (resolved.flags.includes('fail-safe')) {
      return `The fail-safe value, because nobody votes any more; somebody last did ${age} ago`;
    }
    return `Nobody votes any more, so it is what ${source} said last, ${age} ago`;
  }
  return reasonOfPolicy(explanation, resolved);
}

function reasonOfPolicy(explanation: AttributeExplanation, resolved: ResolvedAttribute): string {
  const { policy, siblings } = explanation;
  const { flags } = resolved;
  const all = siblings.filter(votes);
  if (flags.includes('fail-safe')) return failSafeReason(explanation, all);
  if (flags.includes('decided')) return decidedReason(explanation, all, flags.includes('disagreeing'));
  // Where nobody had to decide, a decision is no reason.
  const voters = all.filter((sibling) => !isDecision(sibling));
  const [only, ...others] = voters;
  if (only && others.length === 0) return `What ${only.source} says, the only one that votes`;
  if (isUnanimous(voters) && policy !== null && policy !== 'mean-3-sigma') return `What all ${voters.length} say`;
  const differ = flags.includes('disagreeing') ? `, which differ${toleranceOf(explanation, resolved)}` : '';
  switch (policy) {
    case 'max':
      return `The highest of ${voters.length}${differ}`;
    case 'min':
      return `The lowest of ${voters.length}${differ}`;
    case 'mean-3-sigma':
      return meanReason(voters, flags.includes('disagreeing'));
    case 'manual-review':
      return `The newest of ${voters.length} that differ${sinceOf(explanation)}, while it is watched whether that lasts`;
    case 'union':
      return `All that ${voters.length} sources say`;
    default:
      return `The newest of ${voters.length}${differ}`;
  }
}

function failSafeReason(explanation: AttributeExplanation, voters: readonly SiblingExplanation[]): string {
  const decisions = voters.filter(isDecision);
  if (decisions.length > 1) return `The fail-safe value, because ${decisions.length} decisions contradict one another`;
  const sensors = voters.length - decisions.length;
  return sensors > 1
    ? `The fail-safe value, because ${sensors} sources differ${sinceOf(explanation)} and nobody has decided`
    : 'The fail-safe value, because not all sources have been heard since the last decision';
}

function decidedReason(
  explanation: AttributeExplanation,
  voters: readonly SiblingExplanation[],
  disagreeing: boolean,
): string {
  const decision = voters.find((voter) => voter.counted && isDecision(voter));
  if (decision?.validUntilMs === undefined) return 'As an authority has decided';
  const decided = `As ${decision.source} has decided until ${readableTime(decision.validUntilMs, explanation.nowMs)}`;
  const sensors = voters.filter((voter) => !isDecision(voter)).length;
  if (disagreeing) return `${decided}, because ${sensors} sources differ${sinceOf(explanation)}`;
  return sensors > 0 ? `${decided}, or until every source has been heard again` : decided;
}

function meanReason(voters: readonly SiblingExplanation[], disagreeing: boolean): string {
  const of = voters.length;
  if (disagreeing) {
    return `The mean of ${of} that differ by more than their errors explain; nothing tells which one is wrong`;
  }
  const off = voters.filter(({ counted }) => !counted);
  if (off.length === 0) return `The mean of ${of} that agree within their errors`;
  const names = off.map(({ source, sigmas = 0 }) => `${source} is ${sigmasOf(sigmas)} off`).join(', ');
  const calibrate = `${names} and ${off.length > 1 ? 'need' : 'needs'} calibration`;
  const makers = voters.filter(({ counted }) => counted);
  const [maker] = makers;
  // Who is no majority is believed because of what it usually says.
  if (maker && makers.length === 1) return `What ${maker.source} says, because it reads as usual; ${calibrate}`;
  const usual = makers.length <= off.length ? ', because they read as usual' : '';
  return `The mean of ${makers.length} of ${of}${usual}; ${calibrate}`;
}

function voicelessOf(explanation: AttributeExplanation): readonly string[] {
  const { resolved, siblings } = explanation;
  if (resolved === null || !('quality' in resolved) || resolved.quality === 'stale') return [];
  const voiceless = siblings.filter((sibling) => !votes(sibling));
  if (voiceless.length > NAMED_MAX) return [`${voiceless.length} more have no vote`];
  return voiceless.map((sibling) => `${sibling.source} has no vote (${verdictOf(sibling, explanation).slice(5)})`);
}

function beforeOf({ before, resolved }: AttributeExplanation): readonly string[] {
  if (before === null || resolved === null) return [];
  const was = readableValue(before.value, before.unit);
  return was === readableValue(resolved.value, before.unit) ? [] : [`it was ${was} before`];
}

function toleranceOf({ tolerance }: AttributeExplanation, { value, unit }: ResolvedAttribute): string {
  return typeof value === 'number' && tolerance ? ` by more than ${readableValue(tolerance, unit)}` : '';
}

function sinceOf({ review, nowMs }: AttributeExplanation): string {
  return review === null ? '' : ` since ${readableTime(review.onsetMs, nowMs)}`;
}

function isUnanimous(voters: readonly SiblingExplanation[]): boolean {
  return voters.every(({ value }) => value === voters[0]?.value);
}

function isDecision({ validUntilMs }: SiblingExplanation): boolean {
  return validUntilMs !== undefined;
}
