export const FAILURE_RECORDER_VARIABLES = ['STAGE', 'REJECTS_TABLE', 'OBSERVATIONS_STREAM', 'FAILURES_BUCKET'] as const;

export const FAILURE_RECORDER_METRICS = {
  /** Readings kept out of failures: `delivery-failed` and `processing-failed`. */
  recorded: 'FailuresRecorded',
  /** Failed fast-lane actions of messages that went down the bulk lane. */
  skipped: 'FailuresSkipped',
  /** Objects that stay in the bucket because nobody understands them. */
  unreadable: 'FailureObjectsUnreadable',
} as const;

/** What a schedule asks for: to record what is still in the bucket since longer than this. */
export interface Sweep {
  readonly sweepOlderThanMinutes: number;
}

/** Where the bucket's keys begin of what the function is told of. */
export const FAILURE_PREFIXES = {
  /** Error actions of topic rules. */
  rules: 'rules/',
  /** On-failure destinations of Lambda: it chooses its keys itself. */
  mappings: 'aws/lambda/',
  /** Batches of capped rejects that an operator has copied here. */
  recalled: 'recalled/',
} as const;

/**
 * The key of an error action's object. The error message lacks the time of receipt and the sender's certificate, so the
 * key carries them: substitution templates see the message that the rule saw. What came over HTTP has no trace id, so a
 * random one keeps two failures of one millisecond apart.
 */
export const RULE_FAILURE_KEY = `${FAILURE_PREFIXES.rules}\${timestamp()}/\${newuuid()}/\${principal()}.json`;
