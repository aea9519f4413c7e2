import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../../core/observation.ts';
import type { AssetType, AttributeType, PolicyName } from '../../../core/schema/city-config.ts';
import type { Calibration, Evidence, Review } from '../../../core/twin/evidence.ts';
import { explain } from '../../../core/twin/explain.ts';
import { emptyTwin, merge } from '../../../core/twin/join.ts';
import { POLICIES } from '../../../core/twin/policies/index.ts';
import type { Circumstances, ResolvedValue, Vote } from '../../../core/twin/policies/policy.ts';
import { resolve } from '../../../core/twin/resolve.ts';
import { twinJson } from '../../../core/twin/twin-json.ts';
import { ASSET_ID, disordered, observations } from './arbitraries.ts';

const NAMES = Object.keys(POLICIES) as PolicyName[];
const EMPTY = emptyTwin(ASSET_ID, 'TrafficFlowObserved', 'north', false);

const attributeOf = (given: Partial<AttributeType>): AttributeType => ({
  description: '',
  kind: 'number',
  policy: 'max',
  maxAgeMs: 5,
  tolerance: 2,
  reporting: 'state',
  ...given,
});

const sources = fc.constantFrom('cam-1', 'loop-1', 'gw-1/radar', 'operator/ada', 'operator/bob');
const numbers = fc.oneof(fc.integer({ min: -5, max: 25 }), fc.double({ min: -1e9, max: 1e9, noNaN: true }));
const words = fc.constantFrom('green', 'red', 'dark');

const calibrations: fc.Arbitrary<Calibration> = fc
  .dictionary(
    sources,
    fc.record(
      {
        bias: fc.integer({ min: -3, max: 3 }),
        sigma: fc.constantFrom(0.1, 1, 5),
        usual: fc.record({ level: fc.integer({ min: 0, max: 20 }), spread: fc.constantFrom(0.5, 4) }),
      },
      { requiredKeys: ['bias', 'sigma'] },
    ),
  )
  .map((known) => ({ version: 'a', sources: new Map(Object.entries(known)) }));

const reviews: fc.Arbitrary<Review> = fc.constantFrom({ id: 'r', onsetMs: 0 }, { id: 'r', onsetMs: 0, openedAtMs: 1 });

const circumstances: fc.Arbitrary<Omit<Circumstances, 'attributeType'>> = fc.record({
  calibration: fc.option(calibrations, { nil: undefined }),
  review: fc.option(reviews, { nil: undefined }),
  unheard: fc.boolean(),
});

function votesOf(values: fc.Arbitrary<AttributeValue>): fc.Arbitrary<Vote[]> {
  const vote = fc
    .record({ source: sources, stamp: fc.bigInt({ min: 0n, max: 3n }), value: values })
    .map((cast) => (cast.source.startsWith('operator/') ? { ...cast, validUntilMs: 9 } : cast));
  return fc.uniqueArray(vote, { selector: ({ source }) => source, minLength: 1 });
}

/** The policy's votes and what it may go by beside them; an average of words makes no sense and is refused elsewhere. */
function casesOf(name: PolicyName): fc.Arbitrary<readonly [Vote[], Circumstances]> {
  const ofNumbers = fc.tuple(votesOf(numbers), circumstances, fc.constant(attributeOf({ policy: name, failSafe: 7 })));
  const ofWords = fc.tuple(
    votesOf(words),
    circumstances,
    fc.constant(attributeOf({ policy: name, kind: 'string', failSafe: 'dark' })),
  );
  const cases = name === 'mean-3-sigma' ? ofNumbers : fc.oneof(ofNumbers, ofWords);
  return cases.map(([votes, given, attributeType]) => [votes, { ...given, attributeType }]);
}

describe.each(NAMES)('%s', (name) => {
  const policy = POLICIES[name];

  it('comes to the same for every order of votes, to the last bit', () => {
    const runs = casesOf(name).chain(([votes, given]) =>
      fc.tuple(fc.constant(votes), fc.shuffledSubarray(votes, { minLength: votes.length }), fc.constant(given)),
    );
    fc.assert(
      fc.property(runs, ([votes, shuffled, given]) => {
        expect(policy.resolve(shuffled, given)).toEqual(policy.resolve(votes, given));
      }),
      { numRuns: 500 },
    );
  });

  it('counts each source or says why not, never both', () => {
    fc.assert(
      fc.property(casesOf(name), ([votes, given]) => {
        const { counted, leftOut } = policy.resolve(votes, given);
        expect([...counted, ...leftOut.keys()].toSorted()).toEqual(votes.map(({ source }) => source).toSorted());
        expect(counted).toEqual(counted.toSorted());
      }),
      { numRuns: 500 },
    );
  });

  it('makes up nothing', () => {
    fc.assert(
      fc.property(casesOf(name), ([votes, given]) => {
        const { value } = policy.resolve(votes, given);
        const said = votes.map((vote) => vote.value);
        expect(GROUNDS[name](value, said, votes, given), `${String(value)} of ${said.join(', ')}`).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('what replicas resolve to', () => {
  const evidence: fc.Arbitrary<Evidence> = fc
    .record({ calibration: calibrations, review: reviews })
    .map(({ calibration, review }) => ({
      calibrations: new Map([['intensity', calibration]]),
      reviews: new Map([['intensity', review]]),
    }));
  const runs = fc
    .array(observations, { minLength: 1, maxLength: 12 })
    .chain((log) => fc.tuple(fc.constant(log), disordered(log), evidence, fc.nat({ max: 8 })));

  it.each(NAMES)('is the same text under %s, and so is its explanation, in whatever order they heard it', (policy) => {
    const attribute = attributeOf({ policy, ...(policy === 'manual-review' && { failSafe: 7, disagreeMaxMs: 1 }) });
    const type: AssetType = { description: '', model: '', attributes: { intensity: attribute, occupancy: attribute } };
    fc.assert(
      fc.property(runs, ([log, again, known, nowMs]) => {
        const [text, otherText] = [log, again].map((heard) => {
          const { twin } = merge(EMPTY, heard);
          const explanation = explain(twin, type, 'intensity', nowMs, known);
          return JSON.stringify([twinJson(twin, resolve(twin, type, nowMs, known)), explanation ?? null]);
        });
        expect(otherText).toBe(text);
      }),
      { numRuns: 300 },
    );
  });
});

type Grounds = (
  value: ResolvedValue,
  said: readonly AttributeValue[],
  votes: readonly Vote[],
  given: Circumstances,
) => boolean;

/** Whether a value can be told from the votes: the extreme, the newest, some voter's, between them, or all of them. */
const GROUNDS: Readonly<Record<PolicyName, Grounds>> = {
  max: (value, said) => isSaid(value, said) && said.every((other) => other <= value),
  min: (value, said) => isSaid(value, said) && said.every((other) => other >= value),
  latest: (value, _, votes) => {
    const newest = votes.reduce((a, b) => (b.stamp > a.stamp ? b : a)).stamp;
    return votes.some((vote) => vote.stamp === newest && vote.value === value);
  },
  'manual-review': (value, said, _, { attributeType }) => value === attributeType.failSafe || isSaid(value, said),
  union: (value, said) => {
    const members = new Set(Array.isArray(value) ? value : []);
    return said.every((member) => members.has(member)) && members.size === new Set(said).size;
  },
  'mean-3-sigma': (value, _, votes, { calibration }) => {
    const unbiased = votes.map((vote) => Number(vote.value) - (calibration?.sources.get(vote.source)?.bias ?? 0));
    return Number(value) >= Math.min(...unbiased) && Number(value) <= Math.max(...unbiased);
  },
};

function isSaid(value: ResolvedValue, said: readonly AttributeValue[]): value is AttributeValue {
  return said.some((other) => other === value);
}
