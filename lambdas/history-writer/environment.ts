export const HISTORY_WRITER_VARIABLES = ['HISTORY_DATABASE', 'HISTORY_TABLE'] as const;

export const HISTORY_WRITER_METRICS = {
  observations: 'HistoryObservations',
  recordsRejected: 'HistoryRecordsRejected',
  recordsUndecodable: 'RecordsUndecodable',
} as const;
