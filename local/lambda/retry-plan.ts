import type { BatchOutcome } from './batch-outcome.ts';
import type { EventRecord } from './kinesis-event.ts';
import type { MappingSettings } from './mapping-settings.ts';

/** Records to hand to the function together. Never empty. */
export interface Attempt {
  readonly records: readonly EventRecord[];
  /** How often exactly these records have failed. */
  readonly failures: number;
}

export interface RetryPlan {
  /** What is to be tried next, in order. */
  readonly next: readonly Attempt[];
  /** Records that are given up. */
  readonly givenUp: readonly EventRecord[];
  /** How long to wait before the next attempt. */
  readonly delayMs: number;
}

/** AWS backs off exponentially and does not say how; these suit a laptop. */
const BACKOFF_MS_MIN = 100;
export const BACKOFF_MS_MAX = 10_000;

const NOTHING: RetryPlan = { next: [], givenUp: [], delayMs: 0 };

type RetryPolicy = Pick<MappingSettings, 'bisectBatchOnFunctionError' | 'retryAttemptsMax'>;

/**
 * Decides what follows an attempt. A batch is split in two on a function error, which does not count as a retry, and at
 * the reported record when the function names one.
 * docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html and
 * docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 */
export function planRetry(attempt: Attempt, outcome: BatchOutcome, policy: RetryPolicy): RetryPlan {
  if (outcome.kind === 'succeeded') {
    return NOTHING;
  }
  if (outcome.kind === 'failed-from' && outcome.index > 0) {
    return retry({ records: attempt.records.slice(outcome.index), failures: 1 }, policy);
  }
  if (outcome.kind === 'failed' && policy.bisectBatchOnFunctionError && attempt.records.length > 1) {
    const middle = Math.ceil(attempt.records.length / 2);
    const halves = [attempt.records.slice(0, middle), attempt.records.slice(middle)];
    return { next: halves.map((records) => ({ records, failures: attempt.failures })), givenUp: [], delayMs: 0 };
  }
  return retry({ records: attempt.records, failures: attempt.failures + 1 }, policy);
}

function retry(attempt: Attempt, { retryAttemptsMax }: RetryPolicy): RetryPlan {
  if (attempt.failures > retryAttemptsMax) {
    return { next: [], givenUp: attempt.records, delayMs: 0 };
  }
  const delayMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** (attempt.failures - 1));
  return { next: [attempt], givenUp: [], delayMs };
}
