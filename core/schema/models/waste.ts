import type { AssetType } from '../city-config.ts';
import { DAY_MS, FRACTION_RANGE, HOUR_MS, TEMPERATURE_RANGE } from './limits.ts';

export const WasteContainer: AssetType = {
  description: 'A container that is emptied when it is full.',
  model: 'https://smartdatamodels.org/dataModel.WasteManagement/WasteContainer',
  attributes: {
    fillingLevel: {
      description: 'How full it is, as a fraction: the fuller estimate sends the truck in time.',
      kind: 'number',
      unit: 'C62',
      range: FRACTION_RANGE,
      policy: 'max',
      maxAgeMs: 12 * HOUR_MS,
      tolerance: 0.05,
      reporting: 'state',
    },
    temperature: {
      description: 'Inside: a fire shows here first.',
      kind: 'number',
      unit: 'CEL',
      range: TEMPERATURE_RANGE,
      policy: 'max',
      maxAgeMs: 12 * HOUR_MS,
      tolerance: 3,
      reporting: 'state',
    },
    cargoWeight: {
      description: 'Of what is in it.',
      kind: 'number',
      unit: 'KGM',
      range: [0, 5000],
      policy: 'max',
      maxAgeMs: 12 * HOUR_MS,
      tolerance: 5,
      reporting: 'state',
    },
    status: {
      description: 'From the point of view of safety.',
      kind: 'string',
      values: ['ok', 'lidOpen', 'dropped', 'moved', 'vandalized', 'burning', 'unknown'],
      policy: 'latest',
      maxAgeMs: 2 * DAY_MS,
      reporting: 'state',
    },
  },
};
