import { describe, expect, it } from 'vitest';
import { writeBatches } from '../../../lambdas/shared/timestream-records.ts';
import { observationOf } from '../../core/twin/arbitraries.ts';

function readings(count: number) {
  return Array.from({ length: count }, (_, index) => observationOf({ stamp: BigInt(index), readingId: `${index}/0` }));
}

describe('a WriteRecords request', () => {
  it.each([
    [0, []],
    [1, [1]],
    [100, [100]],
    [101, [100, 1]],
    [200, [100, 100]],
  ])('holds 100 records and no more: of %d readings %j', (count, sizes) => {
    const batches = writeBatches(readings(count));
    expect(batches.map(({ records }) => records.length)).toEqual(sizes);
    expect(batches.flatMap(({ observations }) => observations)).toEqual(readings(count));
  });

  it('never holds a dot twice, for Timestream would refuse one of them', () => {
    const twice = [...readings(2), ...readings(2)];
    expect(writeBatches(twice).map(({ records }) => records.map(({ Time }) => Time))).toEqual([
      ['0', '1'],
      ['0', '1'],
    ]);
  });

  it('leaves out what says nothing', () => {
    expect(writeBatches([observationOf({ attributes: new Map() })])).toEqual([]);
  });

  it('leaves out whom an authority distrusts, and holds what it decides', () => {
    const [untilMs, name] = [1_800_000_000_000, 'distrust/status/lamp-1'];
    expect(writeBatches([observationOf({ kind: 'distrust', attributes: new Map([[name, untilMs]]) })])).toEqual([]);
    expect(writeBatches([observationOf({ kind: 'decision', validUntilMs: untilMs })])).toHaveLength(1);
  });
});
