import type { AssetType, AttributeType } from '../city-config.ts';
import { FRACTION_RANGE, HOUR_MS, MINUTE_MS, SPOTS_RANGE, TEMPERATURE_RANGE } from './limits.ts';

/** Disagreeing counts resolve to the estimate that sends nobody to a full car park: taken high, free low. */
const spotCount = { kind: 'number', unit: 'C62', integer: true, range: SPOTS_RANGE, reporting: 'state' } as const;

const totalSpotNumber: AttributeType = {
  ...spotCount,
  description: 'Spaces there are.',
  policy: 'min',
  maxAgeMs: 24 * HOUR_MS,
};

const occupiedSpotNumber: AttributeType = {
  ...spotCount,
  description: 'Spaces taken.',
  policy: 'max',
  maxAgeMs: 35 * MINUTE_MS,
  tolerance: 2,
};

const availableSpotNumber: AttributeType = {
  ...spotCount,
  description: 'Spaces free, reserved ones among them.',
  policy: 'min',
  maxAgeMs: 35 * MINUTE_MS,
  tolerance: 2,
};

const countConstraints = [
  { left: 'occupiedSpotNumber', relation: '<=', right: 'totalSpotNumber' },
  { left: 'availableSpotNumber', relation: '<=', right: 'totalSpotNumber' },
] as const;

const PARKING_MODEL = 'https://smartdatamodels.org/dataModel.Parking';

export const OffStreetParking: AssetType = {
  description: 'A car park with entrances that count.',
  model: `${PARKING_MODEL}/OffStreetParking`,
  attributes: {
    totalSpotNumber: { ...totalSpotNumber, range: [1, SPOTS_RANGE[1]] },
    occupiedSpotNumber,
    availableSpotNumber,
    occupancy: {
      description: 'Share of the spaces that is taken.',
      kind: 'number',
      unit: 'C62',
      range: FRACTION_RANGE,
      policy: 'max',
      maxAgeMs: 35 * MINUTE_MS,
      tolerance: 0.02,
      reporting: 'state',
    },
    vehicleEntranceCount: {
      ...spotCount,
      description: 'Vehicles that drove in since the reading before.',
      policy: 'latest',
      maxAgeMs: 35 * MINUTE_MS,
      reporting: 'log',
    },
    vehicleExitCount: {
      ...spotCount,
      description: 'Vehicles that drove out since the reading before.',
      policy: 'latest',
      maxAgeMs: 35 * MINUTE_MS,
      reporting: 'log',
    },
  },
  constraints: countConstraints,
};

export const OnStreetParking: AssetType = {
  description: 'Marked spaces along a street.',
  model: `${PARKING_MODEL}/OnStreetParking`,
  attributes: {
    totalSpotNumber,
    occupiedSpotNumber,
    availableSpotNumber,
    outOfServiceSlotNumber: {
      ...spotCount,
      description: 'Spaces that nobody may use for now.',
      policy: 'max',
      maxAgeMs: 24 * HOUR_MS,
    },
  },
  constraints: [...countConstraints, { left: 'outOfServiceSlotNumber', relation: '<=', right: 'totalSpotNumber' }],
};

export const ParkingSpot: AssetType = {
  description: 'One space with a sensor in the ground or above it.',
  model: `${PARKING_MODEL}/ParkingSpot`,
  attributes: {
    status: {
      description: "The model's words, and `vacant`, which older sensors say for `free`.",
      kind: 'string',
      values: ['closed', 'free', 'occupied', 'unknown', 'vacant'],
      policy: 'latest',
      maxAgeMs: 24 * HOUR_MS,
      reporting: 'state',
    },
    batteryLevel: {
      description: "What is left in the sensor's battery, as a share (ours).",
      kind: 'number',
      unit: 'C62',
      range: FRACTION_RANGE,
      policy: 'min',
      maxAgeMs: 7 * 24 * HOUR_MS,
      tolerance: 0.05,
      reporting: 'state',
    },
    temperature: {
      description: 'At the road surface (ours).',
      kind: 'number',
      unit: 'CEL',
      range: TEMPERATURE_RANGE,
      policy: 'latest',
      maxAgeMs: HOUR_MS,
      tolerance: 2,
      reporting: 'state',
    },
  },
};
