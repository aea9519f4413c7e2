/** What no laptop can measure. Every one of them errs towards the higher bill. */
export const ASSUMPTIONS = {
  /** Lambda asks each shard for records once a second (Lambda guide, "How Lambda processes records from streams"). */
  batchS: 1,
  memoryGib: 1,
  /** Of an invocation that waits for DynamoDB, Kinesis or Timestream once or twice, whatever its size. */
  invocationMs: 30,
  normalizeMs: 0.03,
  /** Of one asset: read, merge, conditional write and its share of a publish; 0.4 ms of a whole core each, measured. */
  mergeMs: 1,
  historyMs: 0.05,
  apiMs: 50,
  /** Lambda's own lines and ours: one record of metrics an invocation, one more for each zone and reason. */
  logBytesPerInvocation: 2500,
  /** Beyond the payload, in a pack of rejects. */
  rejectOverheadBytes: 300,
  registryMaxAgeS: 60,
  registryRowBytes: 300,
  calibrationMaxAgeS: 300,
  /** One run, of one virtual CPU, over the gzipped log; decision 21 has the measurement. */
  calibrationReadingsPerSecond: 340_000,
  calibrationGib: 1769 / 1024,
  /** Of the log and of checkpoints, after gzip; ids and times are new in each reading. */
  compressedShare: 0.5,
  /** Beside those of zones: a name of ours each, and one a reason. */
  metrics: 60,
  /** Beside those of zones; an alarm costs its price once for each metric that it watches. A test counts them. */
  alarmMetrics: 160,
  /** The design to compare with: 512 MiB for 45 ms, one write and one request of history a message. */
  perMessage: { memoryGib: 0.5, durationMs: 45 },
} as const;
