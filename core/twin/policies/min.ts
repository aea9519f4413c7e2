import { compareValues, type Policy, valueOf, verdictFor } from './policy.ts';

/** The safe estimate where too little does no harm: free spaces, a remaining charge, `false` over `true`. */
export const min: Policy = {
  name: 'min',
  binVote: 'mean',
  resolve: (votes) => {
    const least = votes.map(valueOf).reduce((a, b) => (compareValues(a, b) <= 0 ? a : b));
    return verdictFor(least, votes, 'higher');
  },
};
