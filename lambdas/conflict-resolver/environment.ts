export const CONFLICT_RESOLVER_VARIABLES = ['STAGE', 'TWINS_TABLE', 'REJECTS_TABLE'] as const;

export const CONFLICT_RESOLVER_METRICS = {
  observations: 'Observations',
  twinsWritten: 'TwinsWritten',
  twinsRefused: 'TwinsRefused',
  racesLost: 'RacesLost',
  dotCollisions: 'DotCollisions',
  deltaMessages: 'DeltaMessages',
  deltasIncomplete: 'DeltasIncomplete',
  recordsUndecodable: 'RecordsUndecodable',
  recordsRetried: 'RecordsRetried',
} as const;
