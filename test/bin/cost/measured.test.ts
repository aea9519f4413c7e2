import { describe, expect, it } from 'vitest';
import { measureSizes } from '../../../bench/sizes.ts';
import { itemBytes, writeRequestBytes } from '../../../bench/sizes/metered-bytes.ts';
import { MEASURED } from '../../../bin/cost/measured.ts';

/** Formats may gain a field; what the bill is made of must not drift from what is sent. */
const TOLERANCE = 0.03;

describe('the bytes behind the bill', () => {
  it('are those that this repository sends and stores today', () => {
    const { measuredOn, ...recorded } = MEASURED;
    expect(measuredOn).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    const measured = measureSizes();
    expect(Object.keys(recorded).toSorted()).toEqual(Object.keys(measured).toSorted());
    for (const [figure, bytes] of Object.entries(measured)) {
      const { [figure]: known = 0 }: Record<string, number> = recorded;
      expect(Math.abs(bytes / known - 1), `${figure}: recorded ${known}, measured ${bytes}`).toBeLessThan(TOLERANCE);
    }
  });
});

describe('what AWS counts, by hand from its guides', () => {
  it('an item: names and texts by their bytes, a number by half its digits and one, a map by 3 and one a member', () => {
    expect(itemBytes({ id: { S: 'ä1' } })).toBe(2 + 3);
    expect(itemBytes({ n: { N: '1795248000000' } })).toBe(1 + 8);
    expect(itemBytes({ b: { BOOL: true }, f: { SS: ['ab', 'c'] } })).toBe(1 + 1 + (1 + 3));
    expect(itemBytes({ m: { M: { a: { S: 'xy' } } } })).toBe(1 + 3 + (1 + 2) + 1);
  });

  it('a request of history: what is common once, a time and a number 8 bytes each', () => {
    const record = {
      Dimensions: [{ Name: 'assetId', Value: 'a1' }],
      Time: '1',
      MeasureValues: [{ Name: 'pm25', Value: '1.25', Type: 'DOUBLE' as const }],
    };
    const common = { Dimensions: [{ Name: 'zone', Value: 'centre' }], MeasureName: 'reading' };
    expect(writeRequestBytes({ common, records: [record, record], observations: [] })).toBe(
      4 + 6 + 7 + 2 * (7 + 2 + 8 + 4 + 8),
    );
  });
});
