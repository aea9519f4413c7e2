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
 * What the signal shows, and what becomes of a request to clear the way, are safety-critical: no rule may settle what its
 * sources disagree about. The fail-safe value is what each road user may rely on without being wronged: at a flashing red
 * everybody stops and gives way, and who is told to watch other traffic does not count on a clear road. The values are those
 * of SAE J2735 (and ISO/TS 19091): MovementPhaseState, PrioritizationResponseStatus, and `none` where nobody has asked.
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
    signalState: {
      description: 'What the signal of the main approach shows, by its meaning.',
      kind: 'string',
      values: [
        'dark',
        'stop-Then-Proceed',
        'stop-And-Remain',
        'pre-Movement',
        'permissive-Movement-Allowed',
        'protected-Movement-Allowed',
        'permissive-clearance',
        'protected-clearance',
        'caution-Conflicting-Traffic',
      ],
      policy: 'manual-review',
      safetyCritical: true,
      failSafe: 'stop-Then-Proceed',
      // Two sources that report every 5 s may see a change, and the clearance after it, so far apart.
      disagreeMaxMs: 15 * SECOND_MS,
      maxAgeMs: 30 * SECOND_MS,
      reporting: 'state',
    },
    preemptionStatus: {
      description: 'What becomes of the request of an emergency vehicle to have its way cleared.',
      kind: 'string',
      values: [
        'none',
        'requested',
        'processing',
        'watchOtherTraffic',
        'granted',
        'rejected',
        'maxPresence',
        'reserviceLocked',
      ],
      policy: 'manual-review',
      safetyCritical: true,
      failSafe: 'watchOtherTraffic',
      disagreeMaxMs: 15 * SECOND_MS,
      maxAgeMs: 30 * SECOND_MS,
      reporting: 'log',
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
