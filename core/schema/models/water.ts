import type { AssetType } from '../city-config.ts';
import { HOUR_MS, MINUTE_MS } from './limits.ts';

const measured = { kind: 'number', policy: 'latest', maxAgeMs: 2 * HOUR_MS, reporting: 'state' } as const;

/** Accuracies as in `environment.ts`, of probes that are cleaned: DS18B20 ±0.5 °C, electrodes ±0.2 pH, optical O₂ ±0.3 mg/l. */
const sampled = { ...measured, policy: 'mean-3-sigma' } as const;

export const WaterQualityObserved: AssetType = {
  description: 'The water at a probe.',
  model: 'https://smartdatamodels.org/dataModel.WaterQuality/WaterQualityObserved',
  attributes: {
    temperature: {
      ...sampled,
      description: 'Of the water.',
      unit: 'CEL',
      range: [-5, 60],
      tolerance: 0.5,
      accuracy: 0.3,
    },
    pH: { ...sampled, description: 'Acidity.', unit: 'Q30', range: [0, 14], tolerance: 0.2, accuracy: 0.1 },
    conductivity: {
      ...sampled,
      description: 'Electrical.',
      unit: 'D10',
      range: [0, 20],
      tolerance: 0.01,
      accuracy: 0.005,
    },
    O2: { ...sampled, description: 'Dissolved oxygen.', unit: 'M1', range: [0, 50], tolerance: 0.5, accuracy: 0.2 },
    NO3: { ...sampled, description: 'Nitrates.', unit: 'M1', range: [0, 1000], tolerance: 1, accuracy: 1 },
    flow: { ...measured, description: 'Past the probe.', unit: 'MQH', range: [-100_000, 100_000], tolerance: 10 },
  },
};

export const PumpingStation: AssetType = {
  description: 'Pumps that lift storm or waste water.',
  model: 'cityweave',
  attributes: {
    wetWellLevel: {
      description: 'Water in the well: the higher estimate warns of a flood in time.',
      kind: 'number',
      unit: 'MTR',
      range: [0, 30],
      policy: 'max',
      maxAgeMs: 10 * MINUTE_MS,
      tolerance: 0.05,
      reporting: 'state',
    },
    flow: { ...measured, description: 'Pumped.', unit: 'MQH', range: [0, 100_000], tolerance: 5 },
    dischargePressure: { ...measured, description: 'Behind the pumps.', unit: 'BAR', range: [0, 40], tolerance: 0.1 },
    powerConsumption: { ...measured, description: 'Drawn now.', unit: 'KWT', range: [0, 10_000], tolerance: 1 },
    activePumps: {
      description: 'Pumps that run: the lower estimate never hides a failure.',
      kind: 'number',
      unit: 'C62',
      integer: true,
      range: [0, 32],
      policy: 'min',
      maxAgeMs: 10 * MINUTE_MS,
      reporting: 'state',
    },
    operatingStatus: {
      description: 'How the station runs.',
      kind: 'string',
      values: ['automatic', 'manual', 'off', 'fault'],
      policy: 'latest',
      maxAgeMs: 10 * MINUTE_MS,
      reporting: 'state',
    },
  },
};
