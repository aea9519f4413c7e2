import { describe, expect, it } from 'vitest';
import type { CalibrationKey, ReviewKey } from '../../../core/ports.ts';
import type { AttributeType } from '../../../core/schema/city-config.ts';
import { evidenceStore, goesByEvidence } from '../../../lambdas/shared/evidence-store.ts';
import { CITY, SIGNAL } from '../../core/reviews/signals.ts';

const air: AttributeType = {
  description: 'fine dust',
  kind: 'number',
  unit: 'GQ',
  policy: 'mean-3-sigma',
  accuracy: 5,
  maxAgeMs: 60_000,
  reporting: 'state',
};
const city = {
  assetTypes: {
    ...CITY.assetTypes,
    Air: { ...SIGNAL, attributes: { pm25: air, pm10: air } },
    Both: { ...SIGNAL, attributes: { ...SIGNAL.attributes, pm25: air } },
  },
};
const calibration = { version: '7', sources: new Map([['a', { bias: 1, sigma: 2 }]]) };

/** Of `known` assets everything is known. */
function storeOf(...known: readonly string[]) {
  const asked = { calibrations: [] as CalibrationKey[][], reviews: [] as ReviewKey[][] };
  const of = (keys: readonly ReviewKey[]) => keys.filter(({ assetId }) => known.includes(assetId));
  const store = evidenceStore({
    city,
    calibrations: {
      read: async (keys) => {
        asked.calibrations.push([...keys]);
        return of(keys).map((key) => ({ ...key, calibration }));
      },
    },
    reviews: {
      read: async (keys) => {
        asked.reviews.push([...keys]);
        return of(keys).map((key) => {
          return { ...key, id: 'r', onsetMs: 1, openedAtMs: 2, sources: ['a', 'b'], version: 3, announced: true };
        });
      },
    },
  });
  return { asked, store };
}

describe('the evidence of twins', () => {
  it('is asked for the attributes whose policy goes by it, and given by asset', async () => {
    const { asked, store } = storeOf('both-1', 'air-1');
    const twins = ['Both both-1', 'Air air-1', 'Air air-2', 'Lot lot-1', 'Gone gone-1', 'toString x'].map((each) => {
      const [assetType = '', assetId = ''] = each.split(' ');
      return { assetType, assetId };
    });
    const review = { id: 'r', onsetMs: 1, openedAtMs: 2 };
    expect(await store.read(twins)).toEqual(
      new Map([
        ['both-1', { calibrations: new Map([['pm25', calibration]]), reviews: new Map([['lamp', review]]) }],
        [
          'air-1',
          {
            calibrations: new Map([
              ['pm25', calibration],
              ['pm10', calibration],
            ]),
            reviews: new Map(),
          },
        ],
      ]),
    );
    expect(asked.reviews).toEqual([[{ assetId: 'both-1', attribute: 'lamp' }]]);
    expect(asked.calibrations.flat().map(({ assetId, attribute }) => `${assetId} ${attribute}`)).toEqual([
      'both-1 pm25',
      'air-1 pm25',
      'air-1 pm10',
      'air-2 pm25',
      'air-2 pm10',
    ]);
  });

  it('is not asked for at all where no policy goes by it', async () => {
    const { asked, store } = storeOf('lot-1');
    expect(await store.read([{ assetType: 'Lot', assetId: 'lot-1' }])).toEqual(new Map());
    expect(asked).toEqual({ calibrations: [], reviews: [] });
    const types = ['Lot', 'Gone', 'toString', 'Air', 'Signal'];
    expect(types.filter((assetType) => goesByEvidence({ assetType }, city))).toEqual(['Air', 'Signal']);
  });
});
