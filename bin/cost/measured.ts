/**
 * Bytes of what cityweave stores and sends for a reading of 200 bytes with four attributes and a position, as
 * `npm run bench -- --only sizes` prints them; a test measures them again.
 */
export const MEASURED = {
  measuredOn: '2026-11-21',
  readingBytes: 200,
  ingestOverheadBytes: 189,
  observationBytes: 249.5,
  twinBytes: 158,
  twinBytesPerSource: 297,
  historyBytes: 126.4,
  deltaBytes: 559.3,
} as const;
