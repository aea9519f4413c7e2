export const CONFLICT_RESOLVER_VARIABLES = [
  'STAGE',
  'TWINS_TABLE',
  'REVIEWS_TABLE',
  'CALIBRATIONS_TABLE',
  'REJECTS_TABLE',
] as const;

export const CONFLICT_RESOLVER_METRICS = {
  observations: 'Observations',
  twinsWritten: 'TwinsWritten',
  twinsRefused: 'TwinsRefused',
  racesLost: 'RacesLost',
  dotCollisions: 'DotCollisions',
  /** Received after what stands of their source, but stamped before it: its clock may have jumped back; the log names it. */
  readingsBehindClock: 'ReadingsBehindClock',
  deltaMessages: 'DeltaMessages',
  deltasIncomplete: 'DeltasIncomplete',
  /** Assets whose evidence could not be read, or whose review could not be noted. */
  reviewsMissed: 'ReviewsMissed',
  recordsUndecodable: 'RecordsUndecodable',
  recordsRetried: 'RecordsRetried',
} as const;
