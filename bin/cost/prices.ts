/**
 * List prices of us-east-1 in US dollars, without free tiers and discounts, as of November 2026. Source: the pricing page
 * of each service, https://aws.amazon.com/{service}/pricing/; other regions differ by up to some ten per cent.
 */
export const PRICES = {
  asOf: '2026-11',
  region: 'us-east-1',
  /** Messages, rules and actions are metered in units of 5 KB. */
  iotCore: { connectionMinute: 0.08e-6, message: 1e-6, rule: 0.15e-6, action: 0.15e-6 },
  kinesis: {
    onDemand: { streamHour: 0.04, gibIn: 0.08, gibOut: 0.04, gibMonthBeyondDay: 0.1 },
    /** A put is metered in units of 25 KB. */
    provisioned: { shardHour: 0.015, shardHourBeyondDay: 0.02, putUnit: 0.014e-6 },
  },
  /** arm64 */
  lambda: { request: 0.2e-6, gibSecond: 0.0000133334 },
  firehose: { gib: 0.029 * 1.073741824 },
  s3: { put: 5e-6, get: 0.4e-6, gibMonth: 0.023 },
  dynamodb: { writeUnit: 0.625e-6, readUnit: 0.125e-6, gibMonth: 0.25, gibMonthRecovery: 0.2 },
  /** LiveAnalytics; a write is 1 KiB of a request. */
  timestream: { write: 0.5e-6, memoryGibHour: 0.036, magneticGibMonth: 0.03 },
  httpApi: { request: 1e-6 },
  cloudWatch: { logGib: 0.5, metricMonth: 0.3, alarmMonth: 0.1 },
  kms: { keyMonth: 1 },
} as const;
