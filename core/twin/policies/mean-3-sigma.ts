import { type Policy, verdictOf } from './policy.ts';

/** The mean of what several instruments measure. */
export const mean3Sigma: Policy = {
  name: 'mean-3-sigma',
  binVote: 'mean',
  resolve: (votes) => {
    const values = votes.map(({ value }) => Number(value)).sort((a, b) => a - b);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return verdictOf(mean, votes, () => true, 'calibrate');
  },
};
