import shipped from '../../cityweave.config.ts';
import type { CityConfig, Stage } from '../../core/schema/city-config.ts';

const dev: Stage = {
  streamMode: 'provisioned',
  shards: { ingest: 3, observations: 5 },
  streamRetentionHours: 26,
  lateMaxMs: null,
  unregisteredAssets: 'accept',
  rejectRetentionDays: 11,
  logRetentionDays: 5,
  historyMemoryHours: 13,
  historyMagneticDays: 77,
  removalPolicy: 'destroy',
  alarms: { email: 'developers@city.example' },
  monthlyBudgetUsd: 32,
};

/** The shipped city with stages whose every number is its own, so that a template shows which key it came from. */
export const testConfig: CityConfig = {
  ...shipped,
  criticalTopics: ['dt/+/TrafficSignal/+/+', 'dt/centre/Vehicle/fire.engine-1/+'],
  stages: {
    dev,
    prod: {
      ...dev,
      streamMode: 'on-demand',
      streamRetentionHours: 171,
      logRetentionDays: 545,
      historyMagneticDays: 1234,
      removalPolicy: 'retain',
      alarms: { email: 'operators@city.example', zoneSilentMinutes: 7 },
      monthlyBudgetUsd: 321,
    },
  },
};
