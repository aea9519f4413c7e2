import { compareText } from '../sorted.ts';
import type { Policy, Vote } from './policy.ts';

/** The newest observation; only where the configuration accepts losing a concurrent one. */
export const latest: Policy = {
  name: 'latest',
  binVote: 'last',
  resolve: (votes) => {
    const newest = votes.reduce((a, b) => (compareDots(a, b) >= 0 ? a : b));
    const others = votes.filter((vote) => vote !== newest);
    return {
      value: newest.value,
      counted: [newest.source],
      leftOut: new Map(others.map((vote) => [vote.source, 'older'])),
    };
  },
};

/** By stamp; at equal stamps the source whose name sorts first is the newer. Never 0 for two sources. */
export function compareDots(a: Pick<Vote, 'source' | 'stamp'>, b: Pick<Vote, 'source' | 'stamp'>): number {
  if (a.stamp !== b.stamp) {
    return a.stamp > b.stamp ? 1 : -1;
  }
  return compareText(b.source, a.source);
}
