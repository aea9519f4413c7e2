export const NORMALIZER_VARIABLES = ['STAGE', 'OBSERVATIONS_STREAM', 'REJECTS_TABLE', 'ASSETS_TABLE'] as const;

export const NORMALIZER_METRICS = {
  readings: 'Readings',
  rejected: 'ReadingsRejected',
  quarantined: 'ReadingsQuarantined',
  recordsRetried: 'RecordsRetried',
} as const;
