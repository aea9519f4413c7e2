import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttributeType } from '../../../../core/schema/city-config.ts';
import type { Calibration, SourceCalibration } from '../../../../core/twin/evidence.ts';
import { mean3Sigma } from '../../../../core/twin/policies/mean-3-sigma.ts';

const TYPE: AttributeType = {
  description: '',
  kind: 'number',
  policy: 'mean-3-sigma',
  accuracy: 1,
  maxAgeMs: 1,
  reporting: 'state',
};

function resolve(
  values: Readonly<Record<string, number>>,
  known: Readonly<Record<string, SourceCalibration>> = {},
  type: Partial<AttributeType> = {},
) {
  const votes = Object.entries(values).map(([source, value]) => ({ source, stamp: 1n, value }));
  const calibration: Calibration = { version: '1', sources: new Map(Object.entries(known)) };
  const circumstances = { attributeType: { ...TYPE, ...type }, calibration, review: undefined, unheard: false };
  return mean3Sigma.resolve(votes, circumstances);
}

const at = (level: number, spread = 1) => ({ bias: 0, sigma: 1, usual: { level, spread } });
const AGREED = { disagreeing: false, flags: [], leftOut: new Map() };

describe('without calibration', () => {
  it('is the mean of what lies within three declared standard deviations of a difference', () => {
    expect(resolve({ a: 20, b: 24.2 })).toMatchObject({ ...AGREED, value: 22.1, counted: ['a', 'b'] });
    expect(resolve({ a: 20, b: 24.3 })).toMatchObject({ value: 22.15, counted: ['a', 'b'], disagreeing: true });
  });

  it('is what the only source says', () => {
    expect(resolve({ a: 20 })).toMatchObject({ ...AGREED, value: 20, counted: ['a'] });
  });

  it('leaves out one of three, which no test against the spread of these three could', () => {
    expect(resolve({ a: 20, b: 21, c: 60 })).toMatchObject({
      value: 20.5,
      counted: ['a', 'b'],
      leftOut: new Map([['c', 'calibrate']]),
      flags: ['calibrate'],
      disagreeing: false,
    });
  });

  it('says so where all disagree, and where two stand against two', () => {
    expect(resolve({ a: 0, b: 50, c: 100 })).toMatchObject({
      value: 50,
      disagreeing: true,
      flags: [],
      leftOut: new Map(),
    });
    expect(resolve({ a: 0, b: 1, c: 50, d: 51 })).toMatchObject({ value: 25.5, disagreeing: true });
    expect(resolve({ a: 0, b: 1, c: 0.5, d: 50, e: 51 })).toMatchObject({ value: 0.5, counted: ['a', 'b', 'c'] });
  });
});

describe('with calibration', () => {
  it('takes off what a source reads too much', () => {
    const known = { a: { bias: 3, sigma: 1 }, b: { bias: -3, sigma: 1 } };
    expect(resolve({ a: 23, b: 17 }, known)).toMatchObject({ ...AGREED, value: 20 });
    expect(resolve({ a: 23 }, known)).toMatchObject({ ...AGREED, value: 20 });
  });

  it('goes by the noise that it knows, and by the declared accuracy of whom it does not know', () => {
    const known = { a: { bias: 0, sigma: 0.1 }, b: { bias: 0, sigma: 0.1 } };
    expect(resolve({ a: 20, b: 20.4 }, known).disagreeing).toBe(false);
    expect(resolve({ a: 20, b: 20.5 }, known).disagreeing).toBe(true);
    expect(resolve({ a: 20, c: 22 }, known).disagreeing).toBe(false);
  });

  it('tells by their own histories which of two is wrong', () => {
    const known = { a: at(20), b: at(20.5) };
    const steamed = {
      counted: ['b'],
      leftOut: new Map([['a', 'calibrate']]),
      flags: ['calibrate'],
      disagreeing: false,
    };
    expect(resolve({ a: 40, b: 20.5 }, known)).toMatchObject({ ...steamed, value: 20.5 });
    expect(resolve({ a: 20, b: 40 }, known)).toMatchObject({ value: 20, counted: ['a'] });
  });

  it.each([
    ['one has no history', { a: 40, b: 20 }, { b: at(20) }],
    ['both have departed from it', { a: 40, b: 30 }, { a: at(20), b: at(20) }],
    [
      'neither has, by three standard deviations more than the other',
      { a: 24.9, b: 20 },
      { a: at(20, 2), b: at(20, 2) },
    ],
  ])('says that two disagree where %s', (_, values, known) => {
    expect(resolve(values, known)).toMatchObject({ disagreeing: true, leftOut: new Map(), flags: [] });
  });

  it('never lets history speak against a majority', () => {
    const known = { a: at(20), b: at(20), c: at(40) };
    expect(resolve({ a: 40, b: 40, c: 20 }, { ...known, c: at(20) })).toMatchObject({ value: 40, counted: ['a', 'b'] });
  });

  it('tells how far each lies from the value, and in what that is measured', () => {
    const { distances } = resolve({ a: 23, b: 21 }, { a: { bias: 1, sigma: 2 } });
    expect(distances).toEqual(
      new Map([
        ['a', { distance: 0.5, sigma: 2 }],
        ['b', { distance: -0.5, sigma: 1 }],
      ]),
    );
  });
});

describe('the value', () => {
  it('stays within the declared range, and whole where it is a count', () => {
    expect(resolve({ a: 1 }, { a: { bias: 4, sigma: 1 } }, { range: [0, 100] }).value).toBe(0);
    expect(resolve({ a: 3, b: 4, c: 4 }, {}, { integer: true }).value).toBe(4);
  });

  it('is one of the values where they are equal, and finite, whatever they are', () => {
    const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(values, (numbers) => {
        const { value } = resolve(Object.fromEntries(numbers.map((number, index) => [`s${index}`, number])));
        expect(Number.isFinite(value)).toBe(true);
        expect(value).toBeGreaterThanOrEqual(Math.min(...numbers));
        expect(value).toBeLessThanOrEqual(Math.max(...numbers));
        expect(Object.is(value, -0)).toBe(false);
      }),
    );
    expect(resolve({ a: 0.1, b: 0.1, c: 0.1 }).value).toBe(0.1);
  });

  it('takes the sources of a whole district in its stride', () => {
    const district = Array.from({ length: 20_000 }, (_, index) => [`s${index}`, (index * 7919) % 100] as const);
    const startMs = performance.now();
    expect(resolve(Object.fromEntries(district)).disagreeing).toBe(true);
    expect(performance.now() - startMs).toBeLessThan(5000);
  });
});
