import type { AssetType } from '../city-config.ts';
import { FRACTION_RANGE, HOUR_MS, MINUTE_MS, TEMPERATURE_RANGE } from './limits.ts';

const ENVIRONMENT_MODEL = 'https://smartdatamodels.org/dataModel.Environment';

/**
 * Accuracies are those of the low-cost sensors that cities hang up by the dozen, as their makers declare them, not of
 * analysers: history tells soon enough who is better. Where a data sheet gives limits ±a, the standard deviation is
 * a/√3 (JCGM 100:2008, 4.3.7): PMS5003 ±10 µg/m³ of PM2.5, SPS30 ±25 µg/m³ of PM10, BME280 ±0.5 °C and ±3 %. Gas cells
 * give their noise, Alphasense's B series as two standard deviations; of CO, which they hardly have noise in, it is the
 * zero's drift in a year. An index that an operator works out has no errors to average.
 *
 * Analysers give hourly means, low-cost sensors a value a minute: two hours bridge one that is missing.
 */
const pollutant = {
  kind: 'number',
  unit: 'GQ',
  policy: 'mean-3-sigma',
  maxAgeMs: 2 * HOUR_MS,
  reporting: 'state',
} as const;

export const AirQualityObserved: AssetType = {
  description: 'The air at a station.',
  model: `${ENVIRONMENT_MODEL}/AirQualityObserved`,
  attributes: {
    pm25: {
      ...pollutant,
      description: 'Particulate matter up to 2.5 µm.',
      range: [0, 2000],
      tolerance: 5,
      accuracy: 6,
    },
    pm10: {
      ...pollutant,
      description: 'Particulate matter up to 10 µm.',
      range: [0, 5000],
      tolerance: 10,
      accuracy: 14,
    },
    no2: { ...pollutant, gas: 'NO2', description: 'Nitrogen dioxide.', range: [0, 4000], tolerance: 10, accuracy: 15 },
    o3: { ...pollutant, gas: 'O3', description: 'Ozone.', range: [0, 2000], tolerance: 10, accuracy: 15 },
    so2: { ...pollutant, gas: 'SO2', description: 'Sulphur dioxide.', range: [0, 5000], tolerance: 10, accuracy: 7 },
    co: { ...pollutant, gas: 'CO', description: 'Carbon monoxide.', range: [0, 100_000], tolerance: 200, accuracy: 70 },
    temperature: {
      description: 'Of the air.',
      kind: 'number',
      unit: 'CEL',
      range: TEMPERATURE_RANGE,
      policy: 'mean-3-sigma',
      maxAgeMs: 2 * HOUR_MS,
      tolerance: 1,
      accuracy: 0.3,
      reporting: 'state',
    },
    relativeHumidity: {
      description: 'Of the air, as a fraction.',
      kind: 'number',
      unit: 'C62',
      range: FRACTION_RANGE,
      policy: 'mean-3-sigma',
      maxAgeMs: 2 * HOUR_MS,
      tolerance: 0.05,
      accuracy: 0.02,
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

/** A microphone's floor lies near 20 dB, pain begins at 130. Class 2 of IEC 61672-1 allows ±1 dB at 1 kHz. */
const soundLevel = {
  kind: 'number',
  unit: '2N',
  range: [0, 150],
  policy: 'mean-3-sigma',
  maxAgeMs: 15 * MINUTE_MS,
  tolerance: 3,
  accuracy: 1,
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
