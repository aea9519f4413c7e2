import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { HOLD_MARGIN_MS } from './environment.ts';

/** Between attempts, twice as long each time. */
const PAUSE_MS_MIN = 250;
const PAUSE_MS_MAX = 15_000;

type BatchHandler = (event: KinesisStreamEvent, context: Context) => Promise<KinesisStreamBatchResponse>;

/**
 * A handler that waits for a failing dependency instead of failing at once: it runs again on what has failed, from the
 * lowest failed record on, until all is done or the invocation's time is nearly over. So a mapping's retries, which
 * Lambda counts whatever their cause, are used up slowly by a dependency that is down, and fast by a record that kills
 * the function. What `handle` throws after the last attempt is thrown on.
 */
export function patiently(handle: BatchHandler): BatchHandler {
  return async (event, context) => {
    let pending = event;
    for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2)) {
      const startedAtMs = context.getRemainingTimeInMillis();
      const mayWait = (): boolean => {
        const leftMs = context.getRemainingTimeInMillis();
        // The next attempt may take as long as this one did.
        return leftMs - pauseMs - (startedAtMs - leftMs) > HOLD_MARGIN_MS;
      };
      try {
        const response = await handle(pending, context);
        const [failed] = response.batchItemFailures;
        if (!failed || !mayWait()) return response;
        pending = eventFrom(pending, failed.itemIdentifier);
      } catch (error) {
        if (!mayWait()) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
}

/** Records are in sequence order (Lambda developer guide, "Using Lambda with Kinesis"). */
function eventFrom({ Records: records }: KinesisStreamEvent, sequenceNumber: string): KinesisStreamEvent {
  const first = records.findIndex(({ kinesis }) => kinesis.sequenceNumber === sequenceNumber);
  return { Records: records.slice(Math.max(0, first)) };
}
