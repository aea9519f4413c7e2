import type { QueuedEvent } from './async-queue.ts';
import { datedKey, responseContextOf, responsePayloadOf } from './failure-destination.ts';
import type { InvokeResult } from './invocation.ts';

/** Why an event of an asynchronous invocation is given up. */
export interface AsyncFailure {
  readonly event: QueuedEvent;
  readonly condition: 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency';
  /** The last answer; undefined when the function was not invoked again. */
  readonly result: InvokeResult | undefined;
}

/** docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html, table of destinations */
export function asyncFailureKey(functionName: string, atMs: number): string {
  return `aws/lambda/async/${functionName}/${datedKey(atMs)}`;
}

/** The invocation record as JSON, as the example on the same page has it. */
export function asyncFailureRecord(
  functionArn: string,
  { event, condition, result }: AsyncFailure,
  atMs: number,
): string {
  return JSON.stringify({
    version: '1.0',
    timestamp: new Date(atMs).toISOString(),
    requestContext: {
      requestId: event.requestId,
      functionArn: `${functionArn}:$LATEST`,
      condition,
      approximateInvokeCount: event.failures,
    },
    requestPayload: JSON.parse(event.event),
    responseContext: responseContextOf(result),
    responsePayload: responsePayloadOf(result),
  });
}
