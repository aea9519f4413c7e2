import type { AssetType } from '../city-config.ts';
import { FRACTION_RANGE, HOUR_MS, MINUTE_MS, TEMPERATURE_RANGE } from './limits.ts';

const ENVIRONMENT_MODEL = 'https://smartdatamodels.org/dataModel.Environment';

/** Analysers give hourly means, low-cost sensors a value a minute: two hours bridge one that is missing. */
const pollutant = {
  kind: 'number',
  unit: 'GQ',
  policy: 'latest',
  maxAgeMs: 2 * HOUR_MS,
  reporting: 'state',
} as const;

export const AirQualityObserved: AssetType = {
  description: 'The air at a station.',
  model: `${ENVIRONMENT_MODEL}/AirQualityObserved`,
  attributes: {
    pm25: { ...pollutant, description: 'Particulate matter up to 2.5 µm.', range: [0, 2000], tolerance: 5 },
    pm10: { ...pollutant, description: 'Particulate matter up to 10 µm.', range: [0, 5000], tolerance: 10 },
    no2: { ...pollutant, description: 'Nitrogen dioxide.', range: [0, 4000], tolerance: 10 },
    o3: { ...pollutant, description: 'Ozone.', range: [0, 2000], tolerance: 10 },
    so2: { ...pollutant, description: 'Sulphur dioxide.', range: [0, 5000], tolerance: 10 },
    co: { ...pollutant, description: 'Carbon monoxide.', range: [0, 100_000], tolerance: 200 },
    temperature: {
      description: 'Of the air.',
      kind: 'number',
      unit: 'CEL',
      range: TEMPERATURE_RANGE,
      policy: 'latest',
      maxAgeMs: 2 * HOUR_MS,
      tolerance: 1,
      reporting: 'state',
    },
    relativeHumidity: {
      description: 'Of the air, as a fraction.',
      kind: 'number',
      unit: 'C62',
      range: FRACTION_RANGE,
      policy: 'latest',
      maxAgeMs: 2 * HOUR_MS,
      tolerance: 0.05,
      reporting: 'state',
    },
    airQualityIndex: {
      description: "The operator's index for the day.",
      kind: 'number',
      unit: 'C62',
      integer: true,
      range: [0, 500],
      policy: 'latest',
      maxAgeMs: 24 * HOUR_MS,
      reporting: 'state',
    },
  },
};

/** A microphone's floor lies near 20 dB, pain begins at 130. */
const soundLevel = {
  kind: 'number',
  unit: '2N',
  range: [0, 150],
  policy: 'latest',
  maxAgeMs: 15 * MINUTE_MS,
  tolerance: 3,
  reporting: 'state',
} as const;

export const NoiseLevelObserved: AssetType = {
  description: 'Sound at a microphone, A-weighted.',
  model: `${ENVIRONMENT_MODEL}/NoiseLevelObserved`,
  attributes: {
    LAeq: { ...soundLevel, description: 'Level of the steady sound with the same energy as the period.' },
    LAS: { ...soundLevel, description: 'Level with the slow time constant.' },
    LAmax: { ...soundLevel, description: 'The loudest moment of the period.' },
    LAeq_d: { ...soundLevel, description: "The day's equivalent level.", maxAgeMs: 24 * HOUR_MS },
  },
};
