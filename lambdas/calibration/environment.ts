import type { BucketRange } from '../../core/calibration/archived-records.ts';

export const CALIBRATION_VARIABLES = ['CALIBRATIONS_TABLE', 'ARCHIVE_BUCKET'] as const;

export const CALIBRATION_METRICS = {
  windows: 'CalibrationWindows',
  written: 'CalibrationsWritten',
  readings: 'CalibrationReadings',
  /** Objects of the log that cannot be read to their end. */
  damaged: 'CalibrationObjectsDamaged',
  /** Buckets that hold more readings than a run has memory for. */
  skipped: 'CalibrationBucketsSkipped',
} as const;

/** What a schedule asks for: the buckets that are this invocation's. */
export interface CalibrationRequest {
  readonly buckets: BucketRange;
}
