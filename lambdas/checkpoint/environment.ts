export const CHECKPOINT_VARIABLES = ['TWINS_TABLE', 'ARCHIVE_BUCKET', 'LOG_MARGIN_HOURS'] as const;

export const CHECKPOINT_METRICS = {
  twins: 'TwinsCheckpointed',
  /** Compressed. */
  bytes: 'CheckpointBytes',
  seconds: 'CheckpointSeconds',
} as const;
