import { randomUUID } from 'node:crypto';
import { datedKey, responseContextOf } from './failure-destination.ts';
import type { InvokeResult } from './invocation.ts';
import { type EventOrigin, type EventRecord, toEvent } from './kinesis-event.ts';

/** Records of a stream that are given up together, in sequence order. */
export interface Discard {
  readonly records: readonly EventRecord[];
  readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  /** How often the function has failed with them. */
  readonly failures: number;
  /** Its last answer; undefined when it never was given them. */
  readonly result: InvokeResult | undefined;
}

/** docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html */
export function streamFailureKey(mappingId: string, shardId: string, atMs: number): string {
  return `aws/lambda/${mappingId}/${shardId}/${datedKey(atMs)}`;
}

/** The invocation record as JSON, as the example for S3 on the same page has it: with the whole event as text. */
export function streamFailureRecord(
  functionArn: string,
  { shardId, streamArn }: EventOrigin,
  { records, condition, failures, result }: Discard,
  atMs: number,
): string {
  const [first, last] = [records[0], records.at(-1)];
  return JSON.stringify({
    requestContext: {
      requestId: result === undefined || result.kind === 'refused' ? randomUUID() : result.requestId,
      functionArn,
      condition,
      approximateInvokeCount: failures,
    },
    responseContext: responseContextOf(result),
    version: '1.0',
    timestamp: new Date(atMs).toISOString(),
    KinesisBatchInfo: {
      shardId,
      startSequenceNumber: first?.sequenceNumber,
      endSequenceNumber: last?.sequenceNumber,
      approximateArrivalOfFirstRecord: arrivalOf(first),
      approximateArrivalOfLastRecord: arrivalOf(last),
      batchSize: records.length,
      streamArn,
    },
    payload: toEvent(records),
  });
}

function arrivalOf(record: EventRecord | undefined): string | undefined {
  return record && new Date(record.approximateArrivalMs).toISOString();
}
