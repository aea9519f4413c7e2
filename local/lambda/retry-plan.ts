import type { BatchOutcome } from './batch-outcome.ts';
import type { InvokeResult } from './invocation.ts';
import type { EventRecord } from './kinesis-event.ts';
import type { MappingSettings } from './mapping-settings.ts';

/** Records to hand to the function together. Never empty. */
export interface Attempt {
  readonly records: readonly EventRecord[];
  /** How often the function has failed with them. */
  readonly failures: number;
  /** How often it could not even be invoked with them. */
  readonly refusals: number;
  /** The answer to the attempt before. */
  readonly result?: InvokeResult;
}

export interface RetryPlan {
  /** What is to be tried next, in order. */
  readonly next: readonly Attempt[];
  /** Records that are given up. */
  readonly givenUp: readonly EventRecord[];
  /** The records that did not succeed: those of `next` or those given up. */
  readonly left: readonly EventRecord[];
  /** How long to wait before the next attempt. */
  readonly delayMs: number;
}

/** AWS backs off exponentially and does not say how; these suit a laptop. */
const BACKOFF_MS_MIN = 100;
export const BACKOFF_MS_MAX = 10_000;

type RetryPolicy = Pick<MappingSettings, 'bisectBatchOnFunctionError' | 'retryAttemptsMax'>;

/**
 * Decides what follows an attempt. A batch is split in two on a function error, or at the reported record when the
 * function names one; neither uses up a retry, and nor does a function that is throttled.
 * docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html and
 * docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 */
export function planRetry(attempt: Attempt, outcome: BatchOutcome, policy: RetryPolicy): RetryPlan {
  const { records, failures, refusals } = attempt;
  if (outcome.kind === 'succeeded') {
    return { next: [], givenUp: [], left: [], delayMs: 0 };
  }
  if (outcome.kind === 'not-invoked') {
    return again({ ...attempt, refusals: refusals + 1 });
  }
  if (outcome.kind === 'failed-from' && outcome.index > 0) {
    // The records before it are done, so the first of the rest has failed once.
    return retry({ records: records.slice(outcome.index), failures: 1, refusals: 0 }, policy);
  }
  if (outcome.kind === 'failed' && policy.bisectBatchOnFunctionError && records.length > 1) {
    const middle = Math.ceil(records.length / 2);
    const halves = [records.slice(0, middle), records.slice(middle)];
    const next = halves.map((half): Attempt => ({ records: half, failures, refusals: 0 }));
    return { next, givenUp: [], left: records, delayMs: 0 };
  }
  return retry({ ...attempt, failures: failures + 1 }, policy);
}

function retry(attempt: Attempt, { retryAttemptsMax }: RetryPolicy): RetryPlan {
  const { records, failures } = attempt;
  return failures > retryAttemptsMax ? { next: [], givenUp: records, left: records, delayMs: 0 } : again(attempt);
}

function again(attempt: Attempt): RetryPlan {
  const delayMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** (attempt.failures + attempt.refusals - 1));
  return { next: [attempt], givenUp: [], left: attempt.records, delayMs };
}
