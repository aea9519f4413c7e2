import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventRecord } from '../../../local/lambda/kinesis-event.ts';
import { type Attempt, BACKOFF_MS_MAX, planRetry } from '../../../local/lambda/retry-plan.ts';

const recordsOf = (count: number): EventRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    sequenceNumber: String(index),
    approximateArrivalMs: 0,
    json: '{}',
    jsonBytes: 2,
  }));

const numbersOf = (records: readonly EventRecord[]): number[] =>
  records.map(({ sequenceNumber }) => Number(sequenceNumber));

const FOREVER = { bisectBatchOnFunctionError: false, retryAttemptsMax: Number.POSITIVE_INFINITY };

describe('what follows an attempt', () => {
  const attempt: Attempt = { records: recordsOf(4), failures: 0, refusals: 0 };

  it('is nothing after success', () => {
    expect(planRetry(attempt, { kind: 'succeeded' }, FOREVER)).toEqual({
      next: [],
      givenUp: [],
      left: [],
      delayMs: 0,
    });
  });

  it('is the whole batch again after a failure, later each time, up to a bound', () => {
    const delays = [0, 1, 2, 20].map((failures) => {
      const plan = planRetry({ ...attempt, failures }, { kind: 'failed' }, FOREVER);
      expect(plan.next).toEqual([{ records: attempt.records, failures: failures + 1, refusals: 0 }]);
      return plan.delayMs;
    });

    expect(delays).toEqual([100, 200, 400, BACKOFF_MS_MAX]);
  });

  it('is the batch from the reported record on', () => {
    const plan = planRetry({ ...attempt, failures: 3 }, { kind: 'failed-from', index: 2 }, FOREVER);

    expect(plan.next.map(({ records, failures }) => [numbersOf(records), failures])).toEqual([[[2, 3], 1]]);
  });

  it('is the same again when the function was throttled, which does not count as a retry', () => {
    const policy = { bisectBatchOnFunctionError: true, retryAttemptsMax: 0 };

    const plan = planRetry({ ...attempt, refusals: 2 }, { kind: 'not-invoked' }, policy);

    expect(plan).toMatchObject({ next: [{ ...attempt, refusals: 3 }], givenUp: [], delayMs: 400 });
  });

  it('is two halves with bisection, which does not count as a retry', () => {
    const plan = planRetry(attempt, { kind: 'failed' }, { bisectBatchOnFunctionError: true, retryAttemptsMax: 0 });

    expect(plan.next.map(({ records, failures }) => [numbersOf(records), failures])).toEqual([
      [[0, 1], 0],
      [[2, 3], 0],
    ]);
    expect(plan.delayMs).toBe(0);
  });

  it('is a retry at the limit, and giving up beyond it', () => {
    const policy = { bisectBatchOnFunctionError: false, retryAttemptsMax: 2 };

    expect(planRetry({ ...attempt, failures: 1 }, { kind: 'failed' }, policy).next).toHaveLength(1);
    expect(planRetry({ ...attempt, failures: 2 }, { kind: 'failed' }, policy)).toEqual({
      next: [],
      givenUp: attempt.records,
      left: attempt.records,
      delayMs: 0,
    });
  });

  it('loses no record, repeats none, and keeps their order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        fc.option(fc.integer({ min: 0, max: 3 })),
        fc.integer({ min: 0, max: 3 }),
        fc.nat(),
        fc.boolean(),
        (count, bisectBatchOnFunctionError, limit, failures, index, named) => {
          const outcome = named
            ? ({ kind: 'failed-from', index: index % count } as const)
            : ({ kind: 'failed' } as const);
          const done = named ? index % count : 0;
          const policy = { bisectBatchOnFunctionError, retryAttemptsMax: limit ?? Number.POSITIVE_INFINITY };

          const plan = planRetry({ records: recordsOf(count), failures, refusals: 0 }, outcome, policy);

          expect(numbersOf(plan.left)).toEqual(Array.from({ length: count - done }, (_, offset) => done + offset));
          const left = [...plan.next.flatMap(({ records }) => records), ...plan.givenUp];
          expect(numbersOf(left)).toEqual(Array.from({ length: count - done }, (_, offset) => done + offset));
          expect(plan.next.every(({ records }) => records.length > 0)).toBe(true);
        },
      ),
    );
  });
});
