import type { CityConfig, Stage } from '../../../core/schema/city-config.ts';

const stage: Stage = {
  streamMode: 'provisioned',
  shards: { ingest: 1, observations: 1 },
  streamRetentionHours: 24,
  lateMaxMs: null,
  unregisteredAssets: 'accept',
  rejectRetentionDays: 30,
  logRetentionDays: 7,
  historyMemoryHours: 24,
  historyMagneticDays: 3650,
  removalPolicy: 'destroy',
};

/** A city small enough to see at a glance what a test asks of it. */
export const smallCity: CityConfig = {
  city: 'Testville',
  zones: { north: { description: 'the one zone', bounds: [10, 50, 11, 51] } },
  assetTypes: {
    CarPark: {
      description: 'numbers, a constraint',
      model: 'test',
      attributes: {
        taken: {
          description: 'a count',
          kind: 'number',
          unit: 'C62',
          integer: true,
          range: [0, 5000],
          policy: 'max',
          maxAgeMs: 60_000,
          reporting: 'state',
        },
        total: {
          description: 'a count',
          kind: 'number',
          unit: 'C62',
          integer: true,
          range: [0, 5000],
          policy: 'min',
          maxAgeMs: 60_000,
          reporting: 'state',
        },
        temperature: {
          description: 'a measured value',
          kind: 'number',
          unit: 'CEL',
          range: [-40, 85],
          policy: 'latest',
          maxAgeMs: 60_000,
          tolerance: 1,
          reporting: 'state',
        },
        open: { description: 'yes or no', kind: 'boolean', policy: 'latest', maxAgeMs: 60_000, reporting: 'state' },
        status: {
          description: 'one of some words',
          kind: 'string',
          values: ['ok', 'broken'],
          policy: 'latest',
          maxAgeMs: 60_000,
          reporting: 'state',
        },
        note: { description: 'any text', kind: 'string', policy: 'latest', maxAgeMs: 60_000, reporting: 'log' },
        lamp: {
          description: 'which lamp is lit',
          kind: 'string',
          values: ['green', 'dark'],
          policy: 'manual-review',
          safetyCritical: true,
          failSafe: 'dark',
          disagreeMaxMs: 3000,
          maxAgeMs: 60_000,
          reporting: 'state',
        },
      },
      constraints: [{ left: 'taken', relation: '<=', right: 'total' }],
    },
  },
  assets: {
    garage: { assetType: 'CarPark', zone: 'north', sources: ['gate', 'camera'] },
    yard: { assetType: 'CarPark', zone: 'north', position: { longitude: 10.5, latitude: 50.5 } },
  },
  criticalTopics: ['dt/+/CarPark/garage/+'],
  mappings: {
    old: {
      description: 'an old sensor',
      topic: 'parking/+',
      assetType: 'CarPark',
      zone: 'north',
      assetId: 'id',
      observedAt: { field: 'at', format: 'epoch-s' },
      attributes: { taken: { field: 'n' } },
    },
  },
  buckets: 8,
  historyStore: 'timestream-liveanalytics',
  stages: { dev: stage, prod: { ...stage, lateMaxMs: 604_800_000, unregisteredAssets: 'quarantine' } },
};
