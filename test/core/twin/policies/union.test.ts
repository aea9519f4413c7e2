import { expect, it } from 'vitest';
import type { AttributeValue } from '../../../../core/observation.ts';
import { union } from '../../../../core/twin/policies/union.ts';

const TYPE = { description: '', kind: 'string', policy: 'union', maxAgeMs: 1, reporting: 'state' } as const;

function resolve(...values: readonly AttributeValue[]) {
  const votes = values.map((value, index) => ({ source: `s${index}`, stamp: 1n, value }));
  return union.resolve(votes, { attributeType: TYPE, calibration: undefined, review: undefined, unheard: false });
}

it.each([
  ['words by code unit', ['lane-2', 'lane-10', 'lane-2', 'Lane'], ['Lane', 'lane-10', 'lane-2']],
  ['numbers by size', [10, 9, -1, 10], [-1, 9, 10]],
  ['both zeros as one', [-0, 0], [0]],
  ['false before true', [true, false], [false, true]],
  ['one as a set of one', ['lane-1'], ['lane-1']],
] as const)('is the sorted set of all that is said: %s', (_, values, set) => {
  expect(resolve(...values).value).toStrictEqual(set);
});

it('counts everybody, leaves nobody out, and knows no disagreement', () => {
  expect(resolve('b', 'a')).toMatchObject({ counted: ['s0', 's1'], leftOut: new Map(), disagreeing: false });
});
