import { describe, expect, it } from 'vitest';
import type { HistoryBin } from '../../../core/ports.ts';
import type { AttributeType, PolicyName } from '../../../core/schema/city-config.ts';
import { resolveBins } from '../../../core/twin/history-policy.ts';

const numeric = (policy: PolicyName): AttributeType => ({
  description: '',
  kind: 'number',
  policy,
  maxAgeMs: 1,
  reporting: 'log',
});

const bin = (given: Partial<HistoryBin>): HistoryBin => ({
  startMs: 0,
  source: 'cam-1',
  count: 1,
  last: 0,
  lastStamp: 1n,
  ...given,
});

const [cam, loop] = [
  bin({ source: 'cam-1', count: 3, min: 8, max: 14, mean: 10, last: 14, lastStamp: 9n }),
  bin({ source: 'loop-1', count: 1, min: 12, max: 12, mean: 12, last: 12, lastStamp: 7n }),
];

describe('resolveBins', () => {
  it.each([
    // The means are 10 and 12; the last reading is the camera's 14.
    ['max', 12],
    ['min', 10],
    ['latest', 14],
  ] as const)('applies %s within a bin', (policy, value) => {
    const expected = { startMs: 0, count: 4, min: 8, max: 14, mean: 10.5, value, sources: 2 };
    expect(resolveBins([cam, loop], numeric(policy))).toEqual([expected]);
    expect(resolveBins([loop, cam], numeric(policy))).toEqual([expected]);
  });

  it('gives one row a bin, in order of time', () => {
    const rows = resolveBins([{ ...cam, startMs: 3_600_000 }, loop, { ...cam, startMs: 0 }], numeric('max'));
    expect(rows.map(({ startMs, count, value }) => [startMs, count, value])).toEqual([
      [0, 4, 12],
      [3_600_000, 3, 10],
    ]);
    expect(resolveBins([], numeric('max'))).toEqual([]);
  });

  it('lets booleans and strings vote with their last reading, without statistics', () => {
    const bins = [
      bin({ source: 'cam-1', count: 2, last: false, lastStamp: 9n }),
      bin({ source: 'loop-1', last: true, lastStamp: 7n }),
    ];
    const value = (policy: PolicyName) => resolveBins(bins, { ...numeric(policy), kind: 'boolean' });
    expect(value('max')).toEqual([{ startMs: 0, count: 3, value: true, sources: 2 }]);
    expect(value('latest')).toEqual([{ startMs: 0, count: 3, value: false, sources: 2 }]);
  });

  it('takes the last reading of all where the attribute is not declared', () => {
    expect(resolveBins([cam, loop], undefined)[0]?.value).toBe(14);
  });
});
