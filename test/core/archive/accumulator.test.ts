import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAccumulator } from '../../../core/archive/accumulator.ts';
import { encodeTwin } from '../../../core/twin/canonical-twin.ts';
import { batched, disordered, observationOf, observations } from '../twin/arbitraries.ts';
import { oracleBytes } from '../twin/oracle.ts';

describe('an accumulator', () => {
  it('joins what others have joined, in any order and however often, to the twin of all observations', () => {
    const split = fc
      .array(observations, { minLength: 1, maxLength: 12 })
      .chain((all) => fc.tuple(fc.constant(all), disordered(all).chain(batched)));
    fc.assert(
      fc.property(split, ([all, batches]) => {
        const joined = createAccumulator();
        for (const batch of batches) {
          const part = createAccumulator();
          for (const observation of batch) part.add(observation);
          for (const stored of part.twins()) joined.addTwin(stored);
        }
        const [stored] = joined.twins();
        expect(joined.size).toBe(1);
        expect(stored && Buffer.from(encodeTwin(stored.twin))).toEqual(oracleBytes(all));
      }),
    );
  });

  it('keeps assets apart, and versions no lower than as many writes as there were observations', () => {
    const joined = createAccumulator();
    joined.add(observationOf({ assetId: 'a', stamp: 1n }));
    joined.add(observationOf({ assetId: 'a', stamp: 2n }));
    joined.add(observationOf({ assetId: 'b' }));
    for (const { twin } of joined.twins()) joined.addTwin({ twin, version: 10 });
    const versions = [...joined.twins()].map(({ twin, version }) => [twin.assetId, version]);
    expect(versions).toEqual([
      ['a', 12],
      ['b', 11],
    ]);
  });
});
