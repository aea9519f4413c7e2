import { compareText } from '../sorted.ts';
import { type Policy, type Vote, verdictOf } from './policy.ts';

/** The newest observation; only where the configuration accepts losing a concurrent one. */
export const latest: Policy = {
  name: 'latest',
  binVote: 'last',
  resolve: (votes) => {
    const newest = votes.reduce((a, b) => (compareDots(a, b) >= 0 ? a : b));
    return verdictOf(newest.value, votes, (vote) => vote === newest, 'older');
  },
};

/** By stamp; at equal stamps the source whose name sorts first is the newer. Never 0 for two sources. */
export function compareDots(a: Pick<Vote, 'source' | 'stamp'>, b: Pick<Vote, 'source' | 'stamp'>): number {
  if (a.stamp !== b.stamp) {
    return a.stamp > b.stamp ? 1 : -1;
  }
  return compareText(b.source, a.source);
}
