export const FAST_LANE_VARIABLES = [
  'STAGE',
  'ASSETS_TABLE',
  'SCHEMAS_TABLE',
  'KEYS_TABLE',
  'ATTESTATIONS_TABLE',
  'TWINS_TABLE',
  'REVIEWS_TABLE',
  'CALIBRATIONS_TABLE',
] as const;

/** How the shortcut fares. What became of the readings is the bulk lane's to count. */
export const FAST_LANE_METRICS = {
  twinsWritten: 'TwinsWritten',
  racesLost: 'RacesLost',
  deltaMessages: 'DeltaMessages',
} as const;
