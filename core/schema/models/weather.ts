import type { AssetType } from '../city-config.ts';
import { FRACTION_RANGE, HOUR_MS, TEMPERATURE_RANGE } from './limits.ts';

/** Accuracies as in `environment.ts`: BME280 ±1 hPa, cup anemometers ±0.9 m/s, silicon pyranometers ±5 % of their range. */
const measured = { kind: 'number', policy: 'mean-3-sigma', maxAgeMs: HOUR_MS, reporting: 'state' } as const;

/** What has no mean, or an error that no one standard deviation describes. */
const reported = { ...measured, policy: 'latest' } as const;

export const WeatherObserved: AssetType = {
  description: 'The weather at a station.',
  model: 'https://smartdatamodels.org/dataModel.Weather/WeatherObserved',
  attributes: {
    temperature: {
      ...measured,
      description: 'Of the air.',
      unit: 'CEL',
      range: TEMPERATURE_RANGE,
      tolerance: 1,
      accuracy: 0.3,
    },
    dewPoint: {
      ...measured,
      description: 'What the air must cool to for dew.',
      unit: 'CEL',
      range: TEMPERATURE_RANGE,
      tolerance: 1,
      accuracy: 0.5,
    },
    relativeHumidity: {
      ...measured,
      description: 'Of the air, as a fraction.',
      unit: 'C62',
      range: FRACTION_RANGE,
      tolerance: 0.05,
      accuracy: 0.02,
    },
    atmosphericPressure: {
      ...measured,
      description: "At the station's height.",
      unit: 'A97',
      range: [500, 1100],
      tolerance: 1,
      accuracy: 0.6,
    },
    /**
     * The model says litres per square metre, which is the same as the depth in millimetres. Two gauges that are read at
     * different times have counted different rain.
     */
    precipitation: {
      ...reported,
      description: 'Rain and melted snow since the reading before.',
      unit: 'MMT',
      range: [0, 500],
      reporting: 'log',
    },
    windSpeed: { ...measured, description: 'Of the wind.', unit: 'MTS', range: [0, 100], tolerance: 1, accuracy: 0.5 },
    /** A mean of angles across north points south. */
    windDirection: {
      ...reported,
      description: 'Where the wind comes from: degrees from north, west negative.',
      unit: 'DD',
      range: [-180, 360],
      tolerance: 15,
    },
    solarRadiation: {
      ...measured,
      description: 'From the sun.',
      unit: 'D54',
      range: [0, 1500],
      tolerance: 50,
      accuracy: 50,
    },
    /** Errs by a fifth of what it reads, from starlight to noon. */
    illuminance: { ...reported, description: 'Of daylight.', unit: 'LUX', range: [0, 200_000], tolerance: 1000 },
    snowHeight: {
      ...measured,
      description: 'Snow on the ground.',
      unit: 'CMT',
      range: [0, 1000],
      tolerance: 1,
      accuracy: 0.6,
    },
  },
};
