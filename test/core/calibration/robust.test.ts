import { describe, expect, it } from 'vitest';
import { boundedVariance, centreOf, medianOf, spreadAround } from '../../../core/calibration/robust.ts';
import { normals } from './readings.ts';

describe('medianOf', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
    [[-0.5, 10, -20], -0.5],
  ])('of %j is %d', (values, median) => {
    expect(medianOf(values)).toBe(median);
  });

  it('is of at least one value', () => {
    expect(() => medianOf([])).toThrow('a median needs a value');
  });
});

describe('spreadAround', () => {
  it('is the standard deviation of normal values, whatever a third of them is changed into', () => {
    const normal = normals(7);
    const values = Array.from({ length: 9000 }, () => 20 + 3 * normal());
    expect(spreadAround(20, values)).toBeCloseTo(3, 0);
    const spoilt = values.map((value, index) => (index % 3 === 0 ? 1e9 : value));
    expect(spreadAround(20, spoilt)).toBeLessThan(6);
  });
});

describe('boundedVariance', () => {
  it('is the mean of the squares, each bounded', () => {
    expect(boundedVariance(10, [8, 12, 10], 100)).toBeCloseTo(8 / 3, 12);
    expect(boundedVariance(10, [8, 12, 1e9], 5)).toBeCloseTo((4 + 4 + 25) / 3, 12);
  });
});

describe('centreOf', () => {
  it('is the mean of what lies close together, and of any two values', () => {
    expect(centreOf([1, 2, 3.6], 10)).toBeCloseTo(2.2, 12);
    expect(centreOf([0, 1000], 1)).toBeCloseTo(500, 9);
  });

  it('leans on the majority, and does not listen to what lies too far off', () => {
    expect(centreOf([0, 0, 2], 1)).toBeCloseTo((2 * 0.6725) / 2.6725, 9);
    expect(centreOf([0, 0, 3], 1)).toBeCloseTo((3 * (1.345 / 3)) / (2 + 1.345 / 3), 9);
    expect(centreOf([0, 0, 3.0001], 1)).toBe(0);
    expect(centreOf([0, 0.2, 1e12], 1)).toBeCloseTo(0.1, 9);
  });

  it('is the median where that listens to nobody', () => {
    expect(centreOf([0, 1, 100, 101], 1)).toBe(50.5);
  });
});
