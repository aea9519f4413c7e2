export const NORMALIZER_VARIABLES = [
  'STAGE',
  'OBSERVATIONS_STREAM',
  'REJECTS_TABLE',
  'FAILURES_BUCKET',
  'ASSETS_TABLE',
  'SCHEMAS_TABLE',
  'KEYS_TABLE',
  'ATTESTATIONS_TABLE',
  'UPLOADS_BUCKET',
] as const;

export const NORMALIZER_METRICS = {
  readings: 'Readings',
  /** By `zone`: what goes into the log, of the zones that the configuration names. */
  accepted: 'ReadingsAccepted',
  /** In all, and by `reason`. */
  rejected: 'ReadingsRejected',
  quarantined: 'ReadingsQuarantined',
  /** Of a source beyond its cap: in S3 and not in the table. Part of the two above. */
  capped: 'RejectsCapped',
  noticesFailed: 'NoticesFailed',
  recordsRetried: 'RecordsRetried',
} as const;

/** Where the failure bucket's keys begin of rejects that a source sent beyond its cap. */
export const CAPPED_PREFIX = 'capped/';

/** Where a notice of a batch's rejects goes; the reason follows. */
export const REJECTS_TOPIC = 'raw_sensor_failures/';
export const QUARANTINE_TOPIC = 'quarantine/sensor_fraud';
