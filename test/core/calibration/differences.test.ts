import { expect, it } from 'vitest';
import { differencesOf, type Reading } from '../../../core/calibration/differences.ts';

const at = (observedAtMs: number, value: number): Reading => ({ observedAtMs, value });

it('compares each new reading with what the other last said', () => {
  const readings = new Map([
    ['b', [at(0, 10), at(20, 13)]],
    ['a', [at(10, 11), at(20, 15)]],
  ]);
  expect(differencesOf(readings, 1000)).toEqual(
    new Map([
      ['a', new Map([['b', [1, 2]]])],
      ['b', new Map([['a', [-1, -2]]])],
    ]),
  );
});

it('does not compare with what is older than votes are', () => {
  const readings = new Map([
    ['a', [at(0, 10)]],
    ['b', [at(100, 11), at(101, 12)]],
  ]);
  expect(differencesOf(readings, 100).get('b')?.get('a')).toEqual([1]);
  expect(differencesOf(readings, 99)).toEqual(new Map());
});

it('compares nobody with a source that was silent, and each of three with both others', () => {
  expect(differencesOf(new Map([['a', [at(0, 10)]]]), 1000)).toEqual(new Map());
  const three = differencesOf(new Map(['a', 'b', 'c'].map((source) => [source, [at(0, 1)]])), 1000);
  expect([...three].map(([source, against]) => [source, [...against.keys()]])).toEqual([
    ['a', ['b', 'c']],
    ['b', ['a', 'c']],
    ['c', ['a', 'b']],
  ]);
});
