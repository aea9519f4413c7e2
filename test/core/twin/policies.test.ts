import { describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../../core/observation.ts';
import { POLICIES } from '../../../core/twin/policies/index.ts';
import type { Circumstances, Vote } from '../../../core/twin/policies/policy.ts';

const vote = (source: string, stamp: bigint, value: AttributeValue): Vote => ({ source, stamp, value });

const CIRCUMSTANCES: Circumstances = {
  attributeType: { description: '', kind: 'number', policy: 'max', maxAgeMs: 1, reporting: 'state' },
  calibration: undefined,
  review: undefined,
  unheard: false,
};

const disagreeing = [vote('b', 2n, 61), vote('a', 1n, 58), vote('c', 3n, 60)];
const tied = [vote('b', 1n, 60), vote('a', 2n, 60), vote('c', 3n, 59)];

describe.each([
  ['max', disagreeing, 61, ['b'], { a: 'lower', c: 'lower' }],
  ['max', tied, 60, ['a', 'b'], { c: 'lower' }],
  ['max', [vote('a', 1n, false), vote('b', 2n, true)], true, ['b'], { a: 'lower' }],
  ['max', [vote('a', 1n, 'occupied'), vote('b', 2n, 'vacant')], 'vacant', ['b'], { a: 'lower' }],
  ['max', [vote('a', 1n, -1), vote('b', 2n, -2)], -1, ['a'], { b: 'lower' }],
  ['max', [vote('a', 1n, 10), vote('b', 2n, 9)], 10, ['a'], { b: 'lower' }],
  ['min', disagreeing, 58, ['a'], { b: 'higher', c: 'higher' }],
  ['min', tied, 59, ['c'], { a: 'higher', b: 'higher' }],
  ['min', [vote('a', 1n, false), vote('b', 2n, true)], false, ['a'], { b: 'higher' }],
  ['min', [vote('a', 1n, 10), vote('b', 2n, 9)], 9, ['b'], { a: 'higher' }],
  ['latest', disagreeing, 60, ['c'], { a: 'older', b: 'older' }],
  ['latest', [vote('b', 2n ** 64n - 1n, 1), vote('a', 2n ** 64n - 2n, 2)], 1, ['b'], { a: 'older' }],
  // The source whose name sorts first wins a tie.
  ['latest', [vote('b', 7n, 1), vote('a', 7n, 2)], 2, ['a'], { b: 'older' }],
  ['latest', [vote('only', 7n, 'x')], 'x', ['only'], {}],
] as const)('%s, case %#', (name, votes, value, counted, leftOut) => {
  it(`is ${value}`, () => {
    const verdict = { value, counted, leftOut: new Map(Object.entries(leftOut)) };
    expect(POLICIES[name].resolve(votes, CIRCUMSTANCES)).toEqual(verdict);
  });

  it('does not depend on the order of votes', () => {
    const policy = POLICIES[name];
    expect(policy.resolve(votes.toReversed(), CIRCUMSTANCES)).toEqual(policy.resolve(votes, CIRCUMSTANCES));
  });
});

describe('POLICIES', () => {
  it('names each policy as it is known', () => {
    for (const [name, policy] of Object.entries(POLICIES)) {
      expect(policy.name).toBe(name);
    }
  });
});
