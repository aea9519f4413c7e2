import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countOf, gapsIn, numbersFrom, type Runs, withNumber } from '../../../core/sync/runs.ts';

function runsOf(numbers: readonly number[]): Runs {
  return numbers.reduce((runs: Runs, each) => withNumber(runs, each), []);
}

function numbersIn(runs: Runs): number[] {
  return runs.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
}

const numbers = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 80 });

describe('runs', () => {
  it('hold what was put in, in order, and each run parted from the next', () => {
    fc.assert(
      fc.property(numbers, (put) => {
        const runs = runsOf(put);
        expect(numbersIn(runs)).toEqual([...new Set(put)].toSorted((one, other) => one - other));
        for (const [index, [first]] of runs.entries()) expect(first - (runs[index - 1]?.[1] ?? -2)).toBeGreaterThan(1);
      }),
    );
  });

  it('are counted, and cut, like a set', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 0, max: 60 }), (put, from) => {
        const kept = [...new Set(put)].filter((each) => each >= from);
        expect(new Set(numbersIn(numbersFrom(runsOf(put), from)))).toEqual(new Set(kept));
        expect(countOf(numbersFrom(runsOf(put), from))).toBe(kept.length);
      }),
    );
  });

  it('tell what is missing', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 70 }), (put, from, to) => {
        const missing = Array.from({ length: 71 }, (_, each) => each).filter((each) => {
          return each >= from && each <= to && !put.includes(each);
        });
        const upTo = put.filter((each) => each <= to);
        expect(numbersIn(gapsIn(runsOf(upTo), from, to))).toEqual(missing);
      }),
    );
  });
});
