import type { AttributeExplanation, SiblingExplanation } from '../../core/twin/explain-json.ts';
import { readableSpan, readableTime } from '../readable.ts';

/** Outcomes of siblings that have no vote at all; the others voted, and the policy had the word. */
const VOICELESS: ReadonlySet<string> = new Set(['stale', 'ended', 'distrusted', 'kind-mismatch']);

export function votes({ outcome }: SiblingExplanation): boolean {
  return !VOICELESS.has(outcome);
}

/** Whether a sibling made the value and why, in a few plain words: `in: highest`, `out: older than 15 min`. */
export function verdictOf(sibling: SiblingExplanation, explanation: AttributeExplanation): string {
  if (sibling.counted) return `in${reasonIn(sibling, explanation)}`;
  const out = reasonOut(sibling, explanation);
  return isShownStale(sibling, explanation) ? `shown, but ${out}` : `out: ${out}`;
}

function reasonIn(sibling: SiblingExplanation, { policy, nowMs, resolved }: AttributeExplanation): string {
  if (sibling.validUntilMs !== undefined) return `: decided until ${readableTime(sibling.validUntilMs, nowMs)}`;
  if (sibling.sigmas !== undefined) return `: ${sigmasOf(sibling.sigmas)} off`;
  if (policy === 'max') return ': highest';
  if (policy === 'min') return ': lowest';
  if (policy === 'union') return '';
  const disagreeing = resolved !== null && 'flags' in resolved && resolved.flags.includes('disagreeing');
  return policy === 'manual-review' && !disagreeing ? ': no sensor disagrees' : ': newest';
}

function reasonOut(sibling: SiblingExplanation, { maxAgeMs, nowMs }: AttributeExplanation): string {
  const { outcome, validUntilMs, distrustedUntilMs, sigmas } = sibling;
  switch (outcome) {
    case 'stale':
      return maxAgeMs === null ? 'too old' : `older than ${readableSpan(maxAgeMs)}`;
    case 'ended':
      return validUntilMs === undefined ? 'ended' : `decision ended ${readableTime(validUntilMs, nowMs)}`;
    case 'distrusted':
      return distrustedUntilMs === undefined
        ? 'distrusted'
        : `distrusted until ${readableTime(distrustedUntilMs, nowMs)}`;
    case 'kind-mismatch':
      return 'not of the declared kind';
    case 'calibrate':
      return sigmas === undefined ? 'needs calibration' : `${sigmasOf(sigmas)} off, needs calibration`;
    case 'sensors-agree':
      return 'not needed, no sensor disagrees';
    case 'in-review':
      return 'in review';
    case 'contradicted':
      return validUntilMs === undefined ? 'in review' : 'contradicted by another decision';
    default:
      return outcome.replaceAll('-', ' ');
  }
}

export function sigmasOf(sigmas: number): string {
  return `${Math.abs(sigmas).toFixed(1)} σ`;
}

/** Where nobody votes the newest is shown all the same. */
function isShownStale({ source }: SiblingExplanation, { resolved }: AttributeExplanation): boolean {
  return resolved !== null && 'quality' in resolved && resolved.quality === 'stale' && resolved.sources[0] === source;
}
