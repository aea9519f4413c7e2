import { compareValues, type Policy, valueOf, verdictFor } from './policy.ts';

/** The safe estimate where too much does no harm: occupied spaces, a water level, `true` over `false`. */
export const max: Policy = {
  name: 'max',
  binVote: 'mean',
  resolve: (votes) => {
    const greatest = votes.map(valueOf).reduce((a, b) => (compareValues(a, b) >= 0 ? a : b));
    return verdictFor(greatest, votes, 'lower');
  },
};
