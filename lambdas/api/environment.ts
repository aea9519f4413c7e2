export const API_VARIABLES = [
  'STAGE',
  'TWINS_TABLE',
  'REVIEWS_TABLE',
  'CALIBRATIONS_TABLE',
  'REJECTS_TABLE',
  'INGEST_STREAM',
  'OBSERVATIONS_STREAM',
  'REQUEST_BYTES_MAX',
] as const;

/** Absent where the configuration keeps no history. */
export const API_OPTIONAL_VARIABLES = ['HISTORY_DATABASE', 'HISTORY_TABLE'] as const;

/** What the HTTP API sends to the function, and the OAuth scope that each needs. */
export const API_ROUTES = [
  { method: 'GET', path: '/v1/{proxy+}', scope: 'read' },
  { method: 'POST', path: '/v1/rejects/{proxy+}', scope: 'operate' },
  { method: 'POST', path: '/v1/reviews/{proxy+}', scope: 'operate' },
  { method: 'POST', path: '/v1/twins/{proxy+}', scope: 'operate' },
] as const;

export const API_METRICS = { requests: 'Requests', failures: 'RequestsFailed' } as const;
