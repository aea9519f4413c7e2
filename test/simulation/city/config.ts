import type { Position } from '../../../core/observation.ts';
import type { AttributeType, CityConfig, RegisteredAsset, Stage } from '../../../core/schema/city-config.ts';
import type { Chance } from '../chance.ts';

/** Devices whose clock is further behind are refused. */
export const LATE_MAX_MS = 60 * 60_000;

const MAX_AGE_MS = { short: 30_000, long: 120_000 } as const;
/** After so long without a reading every result has ended. */
export const ALL_STALE_MS = 2 * MAX_AGE_MS.long + LATE_MAX_MS;

const count: AttributeType = {
  description: 'a count',
  kind: 'number',
  unit: 'C62',
  integer: true,
  range: [0, 5000],
  policy: 'max',
  maxAgeMs: MAX_AGE_MS.long,
  reporting: 'state',
};

/** Where the bus goes: neighbouring tiles, and one place twice. */
export const STOPS: readonly [Position, ...Position[]] = [
  { longitude: 10.1, latitude: 50.1 },
  { longitude: 10.15, latitude: 50.1 },
  { longitude: 10.1001, latitude: 50.1 },
  { longitude: 10.15, latitude: 50.15, altitude: 34 },
];

/** Sources behind the one gateway. */
export const CABINET = { radar: 'cabinet/radar', loop: 'cabinet/loop', fusion: 'cabinet/fusion' } as const;
/** Not in the registry at first. */
export const STRANGER = 'stranger';

export const ASSETS: Readonly<Record<'garage' | 'yard' | 'bus', RegisteredAsset>> = {
  garage: { assetType: 'CarPark', zone: 'north', sources: ['gate', 'camera', ...Object.values(CABINET)] },
  yard: { assetType: 'CarPark', zone: 'south', position: { longitude: 10.5, latitude: 50.5 } },
  bus: { assetType: 'Bus', zone: 'north' },
};
/** Which topics claim to be about, and the registry does not know. */
export const UNREGISTERED = 'kiosk';

export function drawCity(chance: Chance): CityConfig {
  const stage: Stage = {
    streamMode: 'provisioned',
    shards: { ingest: 2, observations: 2 },
    streamRetentionHours: 24,
    lateMaxMs: LATE_MAX_MS,
    unregisteredAssets: chance.happens(0.5) ? 'accept' : 'quarantine',
    rejectRetentionDays: 30,
    logRetentionDays: 7,
    historyMemoryHours: 24,
    historyMagneticDays: 3650,
    removalPolicy: 'destroy',
  };
  return {
    city: 'Simulated',
    zones: {
      north: { description: 'one', bounds: [10, 50, 11, 51] },
      south: { description: 'the other', bounds: [10, 49, 11, 50] },
    },
    assetTypes: {
      CarPark: {
        description: 'counts and a constraint',
        model: 'test',
        attributes: {
          taken: count,
          total: { ...count, policy: 'min' },
          temperature: {
            ...count,
            integer: false,
            range: [-40, 85],
            unit: 'CEL',
            policy: 'mean-3-sigma',
            accuracy: 0.5,
            tolerance: 1,
          },
          barrier: {
            description: 'whether one may pass',
            kind: 'string',
            values: ['up', 'down'],
            policy: 'manual-review',
            safetyCritical: true,
            failSafe: 'up',
            disagreeMaxMs: 8_000,
            maxAgeMs: MAX_AGE_MS.long,
            reporting: 'state',
          },
          status: {
            description: 'a word',
            kind: 'string',
            values: ['ok', 'broken'],
            policy: 'union',
            maxAgeMs: MAX_AGE_MS.short,
            reporting: 'state',
          },
        },
        constraints: [{ left: 'taken', relation: '<=', right: 'total' }],
      },
      Bus: {
        description: 'it moves',
        model: 'test',
        attributes: { taken: { ...count, maxAgeMs: MAX_AGE_MS.short }, total: count },
        constraints: [{ left: 'taken', relation: '<=', right: 'total' }],
      },
    },
    assets: ASSETS,
    criticalTopics: ['dt/+/CarPark/garage/+', 'dt/+/Bus/+/+'],
    mappings: {},
    buckets: 8,
    historyStore: 'none',
    stages: { dev: stage, prod: stage },
  };
}

/** What a redeployment changes: how siblings are resolved and how long they count, not what a reading may be. */
export function withOtherPolicies(city: CityConfig): CityConfig {
  const assetTypes = Object.entries(city.assetTypes).map(([name, type]) => {
    const attributes = Object.entries(type.attributes).map(([attribute, declared]) => [attribute, altered(declared)]);
    return [name, { ...type, attributes: Object.fromEntries(attributes) as typeof type.attributes }];
  });
  return { ...city, assetTypes: Object.fromEntries(assetTypes) as CityConfig['assetTypes'] };
}

function altered(declared: AttributeType): AttributeType {
  const { accuracy: _, ...others } = declared;
  switch (declared.policy) {
    case 'manual-review':
      return { ...declared, maxAgeMs: MAX_AGE_MS.short };
    case 'max':
      return { ...declared, policy: 'min', tolerance: 5, maxAgeMs: MAX_AGE_MS.short };
    default:
      return { ...others, policy: 'latest', maxAgeMs: MAX_AGE_MS.short };
  }
}
