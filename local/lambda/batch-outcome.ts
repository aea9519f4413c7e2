import type { EventRecord } from './kinesis-event.ts';
import { isRecord } from '../is-record.ts';
import type { InvokeResult } from './invocation.ts';

/** What became of one invocation with a batch. */
export type BatchOutcome =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed' }
  /** The function was throttled, or Lambda itself had trouble. */
  | { readonly kind: 'not-invoked' }
  /** The records before `index` succeeded; the one at `index` and those after it did not. */
  | { readonly kind: 'failed-from'; readonly index: number };

/**
 * Reads a function's answer. With `ReportBatchItemFailures` the lowest failed sequence number counts, an empty answer is
 * a success, and what names no record of the batch is a failure of the whole batch.
 * docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 */
export function readOutcome(
  result: InvokeResult,
  records: readonly EventRecord[],
  reportBatchItemFailures: boolean,
): BatchOutcome {
  if (result.kind === 'refused' && result.reason !== 'RequestTooLargeException') {
    return { kind: 'not-invoked' };
  }
  if (result.kind !== 'returned') {
    return { kind: 'failed' };
  }
  if (!reportBatchItemFailures || result.payload === null) {
    return { kind: 'succeeded' };
  }
  if (!isRecord(result.payload)) {
    return { kind: 'failed' };
  }
  const { batchItemFailures } = result.payload;
  if (batchItemFailures === undefined || batchItemFailures === null) {
    return { kind: 'succeeded' };
  }
  return Array.isArray(batchItemFailures) ? lowestFailure(batchItemFailures, records) : { kind: 'failed' };
}

function lowestFailure(failures: readonly unknown[], records: readonly EventRecord[]): BatchOutcome {
  if (failures.length === 0) {
    return { kind: 'succeeded' };
  }
  // Records are in sequence order, so the lowest number is the one with the lowest index.
  const indexes = failures.map((failure) => indexOf(failure, records));
  return indexes.includes(-1) ? { kind: 'failed' } : { kind: 'failed-from', index: Math.min(...indexes) };
}

function indexOf(failure: unknown, records: readonly EventRecord[]): number {
  const itemIdentifier = isRecord(failure) ? failure.itemIdentifier : undefined;
  return records.findIndex(({ sequenceNumber }) => sequenceNumber === itemIdentifier);
}
