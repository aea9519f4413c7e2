import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HOLD_MARGIN_MS } from '../../../lambdas/shared/environment.ts';
import { patiently } from '../../../lambdas/shared/patience.ts';
import { kinesisRecord } from '../kinesis-records.ts';

const TIMEOUT_MS = 300_000;
const ALL_DONE: KinesisStreamBatchResponse = { batchItemFailures: [] };
const event: KinesisStreamEvent = { Records: [0, 1, 2].map((sequence) => kinesisRecord(sequence, `r${sequence}`)) };

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** An invocation that began now. */
function invocation(timeoutMs = TIMEOUT_MS): Context {
  const endsAtMs = Date.now() + timeoutMs;
  return { getRemainingTimeInMillis: () => endsAtMs - Date.now() } as Context;
}

function failureFrom(index: number): KinesisStreamBatchResponse {
  return { batchItemFailures: [{ itemIdentifier: event.Records[index]?.kinesis.sequenceNumber ?? '' }] };
}

function namesIn({ Records: records }: KinesisStreamEvent): string[] {
  return records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());
}

async function run(handle: (event: KinesisStreamEvent) => Promise<KinesisStreamBatchResponse>, context = invocation()) {
  const running = patiently(handle)(event, context).then(
    (response) => ({ response, atMs: Date.now() }),
    (error: unknown) => ({ error, atMs: Date.now() }),
  );
  await vi.runAllTimersAsync();
  return running;
}

describe('a patient handler', () => {
  it('answers at once when all is well', async () => {
    expect(await run(async () => ALL_DONE)).toEqual({ response: ALL_DONE, atMs: 0 });
  });

  it('runs again from what has failed on, until nothing does', async () => {
    const seen: string[][] = [];
    const answers = [failureFrom(1), failureFrom(2), ALL_DONE];
    const { response } = (await run(async (batch) => {
      seen.push(namesIn(batch));
      return answers[seen.length - 1] ?? ALL_DONE;
    })) as { response: KinesisStreamBatchResponse };
    expect(response).toEqual(ALL_DONE);
    expect(seen).toEqual([['r0', 'r1', 'r2'], ['r1', 'r2'], ['r2']]);
  });

  it('waits for a dependency that throws, and goes on when it answers', async () => {
    let failures = 0;
    const outcome = await run(async () => {
      if (Date.now() >= 60_000) return ALL_DONE;
      failures += 1;
      throw new Error('throttled');
    });
    expect(outcome).toMatchObject({ response: ALL_DONE });
    expect(outcome.atMs).toBeGreaterThanOrEqual(60_000);
    expect(failures).toBeLessThan(15);
  });

  it('gives up when its time is nearly over, and says what it was', async () => {
    const outcome = await run(() => Promise.reject(new Error('throttled')));
    expect(outcome).toMatchObject({ error: new Error('throttled') });
    expect(outcome.atMs).toBeGreaterThan(TIMEOUT_MS - HOLD_MARGIN_MS - 20_000);
    expect(outcome.atMs).toBeLessThanOrEqual(TIMEOUT_MS - HOLD_MARGIN_MS);
  });

  it('does not begin what may not end in time', async () => {
    let attempts = 0;
    const outcome = await run(async () => {
      attempts += 1;
      await new Promise((resolve) => setTimeout(resolve, 150_000));
      return failureFrom(0);
    });
    expect(attempts).toBe(1);
    expect(outcome).toEqual({ response: failureFrom(0), atMs: 150_000 });
  });

  it.each([
    [251, 2],
    [250, 1],
  ])('with %d ms beyond the margin makes %d attempts', async (leftMs, attempts) => {
    let made = 0;
    await run(
      async () => {
        made += 1;
        return failureFrom(0);
      },
      invocation(HOLD_MARGIN_MS + leftMs),
    );
    expect(made).toBe(attempts);
  });
});
