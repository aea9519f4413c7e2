export const CONFLICT_RESOLVER_VARIABLES = ['STAGE', 'TWINS_TABLE'] as const;

export const CONFLICT_RESOLVER_METRICS = {
  observations: 'Observations',
  twinsWritten: 'TwinsWritten',
  racesLost: 'RacesLost',
  dotCollisions: 'DotCollisions',
  recordsUndecodable: 'RecordsUndecodable',
  recordsRetried: 'RecordsRetried',
} as const;
