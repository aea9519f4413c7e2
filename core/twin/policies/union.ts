import { compareValues, type Policy } from './policy.ts';

/** The sorted set of all that is said: lanes that are closed, faults that are reported. */
export const union: Policy = {
  name: 'union',
  binVote: 'last',
  resolve: (votes) => ({
    value: [...new Set(votes.map(({ value }) => (value === 0 ? 0 : value)))].sort(compareValues),
    counted: votes.map(({ source }) => source).sort(),
    leftOut: new Map(),
    disagreeing: false,
  }),
};
