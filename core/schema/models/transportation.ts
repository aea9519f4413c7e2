import type { AssetType } from '../city-config.ts';
import { FRACTION_RANGE, HOUR_MS, MINUTE_MS, SECOND_MS } from './limits.ts';

const TRANSPORTATION_MODEL = 'https://smartdatamodels.org/dataModel.Transportation';

export const TrafficFlowObserved: AssetType = {
  description: 'What passes a detector in the road, period by period.',
  model: `${TRANSPORTATION_MODEL}/TrafficFlowObserved`,
  attributes: {
    intensity: {
      description: 'Vehicles counted in the period.',
      kind: 'number',
      unit: 'C62',
      integer: true,
      range: [0, 10_000],
      policy: 'latest',
      maxAgeMs: 15 * MINUTE_MS,
      reporting: 'log',
    },
    occupancy: {
      description: 'Share of the period in which a vehicle stood over the detector.',
      kind: 'number',
      unit: 'C62',
      range: FRACTION_RANGE,
      policy: 'max',
      maxAgeMs: 15 * MINUTE_MS,
      tolerance: 0.05,
      reporting: 'state',
    },
    averageVehicleSpeed: {
      description: 'Mean speed of those that passed.',
      kind: 'number',
      unit: 'KMH',
      range: [0, 250],
      policy: 'latest',
      maxAgeMs: 15 * MINUTE_MS,
      tolerance: 5,
      reporting: 'state',
    },
    averageHeadwayTime: {
      description: 'Mean time from one vehicle to the next.',
      kind: 'number',
      unit: 'SEC',
      range: [0, 3600],
      policy: 'latest',
      maxAgeMs: 15 * MINUTE_MS,
      tolerance: 1,
      reporting: 'state',
    },
    congested: {
      description: 'Whether traffic is jammed.',
      kind: 'boolean',
      policy: 'latest',
      maxAgeMs: 15 * MINUTE_MS,
      reporting: 'state',
    },
  },
};

/**
 * Which lamp is lit, and whether a vehicle asks for its way to be cleared, is safety-critical: no rule may settle it that
 * can lose a write. `latest` can, and neither true nor false is the safe side (a request that is lost holds an ambulance
 * up, a false one stops the crossing traffic), so both are absent until an authority can settle a disagreement.
 */
export const TrafficSignal: AssetType = {
  description: 'The signal controller of a junction.',
  model: 'cityweave',
  attributes: {
    operatingStatus: {
      description: 'How the controller runs.',
      kind: 'string',
      values: ['automatic', 'manual', 'flashing', 'off', 'fault'],
      policy: 'latest',
      maxAgeMs: 5 * MINUTE_MS,
      reporting: 'state',
    },
    cycleTime: {
      description: 'Length of one full cycle.',
      kind: 'number',
      unit: 'SEC',
      range: [20, 300],
      policy: 'latest',
      maxAgeMs: 5 * MINUTE_MS,
      tolerance: 1,
      reporting: 'state',
    },
    queueLength: {
      description: 'Vehicles that wait at the longest approach.',
      kind: 'number',
      unit: 'C62',
      integer: true,
      range: [0, 500],
      policy: 'max',
      maxAgeMs: MINUTE_MS,
      tolerance: 2,
      reporting: 'state',
    },
  },
};

export const Vehicle: AssetType = {
  description: "A bus, a sweeper or an ambulance. Where it is, is its readings' position.",
  model: `${TRANSPORTATION_MODEL}/Vehicle`,
  attributes: {
    speed: {
      description: 'Over ground.',
      kind: 'number',
      unit: 'KMH',
      range: [0, 250],
      policy: 'latest',
      maxAgeMs: 30 * SECOND_MS,
      tolerance: 3,
      reporting: 'state',
    },
    heading: {
      description: 'Direction of travel, clockwise from true north.',
      kind: 'number',
      unit: 'DD',
      range: [0, 360],
      policy: 'latest',
      maxAgeMs: 30 * SECOND_MS,
      tolerance: 10,
      reporting: 'state',
    },
    serviceStatus: {
      description: 'From the point of view of the service that it gives.',
      kind: 'string',
      values: ['broken', 'onRoute', 'outOfService', 'parked'],
      policy: 'latest',
      maxAgeMs: HOUR_MS,
      reporting: 'state',
    },
    serviceOnDuty: {
      description: 'Whether an emergency vehicle is on a call.',
      kind: 'boolean',
      policy: 'latest',
      maxAgeMs: HOUR_MS,
      reporting: 'log',
    },
    battery: {
      description: 'Charge left, as a share.',
      kind: 'number',
      unit: 'C62',
      range: FRACTION_RANGE,
      policy: 'min',
      maxAgeMs: HOUR_MS,
      tolerance: 0.01,
      reporting: 'state',
    },
    mileageFromOdometer: {
      description: 'Driven since it was made.',
      kind: 'number',
      unit: 'KMT',
      range: [0, 5_000_000],
      policy: 'max',
      maxAgeMs: 24 * HOUR_MS,
      tolerance: 1,
      reporting: 'state',
    },
  },
};
