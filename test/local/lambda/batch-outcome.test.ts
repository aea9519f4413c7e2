import { describe, expect, it } from 'vitest';
import { type BatchOutcome, readOutcome } from '../../../local/lambda/batch-outcome.ts';
import type { InvokeResult } from '../../../local/lambda/invocation.ts';

const RECORDS = ['11', '12', '13'].map((sequenceNumber) => ({
  sequenceNumber,
  approximateArrivalMs: 0,
  json: '{}',
  jsonBytes: 2,
}));

const returned = (payload: unknown): InvokeResult => ({ kind: 'returned', requestId: 'request', payload });
const failures = (...itemIdentifiers: unknown[]): InvokeResult =>
  returned({ batchItemFailures: itemIdentifiers.map((itemIdentifier) => ({ itemIdentifier })) });

const SUCCEEDED: BatchOutcome = { kind: 'succeeded' };
const FAILED: BatchOutcome = { kind: 'failed' };
const failedFrom = (index: number): BatchOutcome => ({ kind: 'failed-from', index });

describe('the answer of a function that reports batch item failures', () => {
  // "Success and failure conditions" and "Report syntax" of
  // docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
  const documented: [what: string, result: InvokeResult, outcome: BatchOutcome][] = [
    ['an empty batchItemFailures list', returned({ batchItemFailures: [] }), SUCCEEDED],
    ['a null batchItemFailures list', returned({ batchItemFailures: null }), SUCCEEDED],
    ['an empty answer', returned({}), SUCCEEDED],
    ['a null answer', returned(null), SUCCEEDED],
    ['an empty itemIdentifier', failures(''), FAILED],
    ['a null itemIdentifier', failures(null), FAILED],
    ['a bad key name', returned({ batchItemFailures: [{ identifier: '12' }] }), FAILED],
    [
      'an exception',
      {
        kind: 'failed',
        requestId: 'request',
        functionError: 'Unhandled',
        payload: { errorType: 'Error', errorMessage: '' },
      },
      FAILED,
    ],
    ['one failed record', failures('12'), failedFrom(1)],
    ['several: the lowest counts', failures('13', '12'), failedFrom(1)],
    ['the first record', failures('11'), failedFrom(0)],
  ];

  // What the page leaves open is read so that nothing is lost.
  const cautious: [what: string, result: InvokeResult, outcome: BatchOutcome][] = [
    ['an unknown sequence number', failures('99'), FAILED],
    ['an unknown one beside a known one', failures('12', '99'), FAILED],
    ['a number instead of a string', failures(12), FAILED],
    ['a list that is none', returned({ batchItemFailures: 'all' }), FAILED],
    ['an answer that is no object', returned('done'), FAILED],
    ['throttling', { kind: 'refused', reason: 'TooManyRequestsException', message: '' }, { kind: 'not-invoked' }],
    ['a batch that is too large', { kind: 'refused', reason: 'RequestTooLargeException', message: '' }, FAILED],
  ];

  it.each([...documented, ...cautious])('%s', (_, result, outcome) => {
    expect(readOutcome(result, RECORDS, true)).toEqual(outcome);
  });
});

describe('the answer of a function that reports nothing', () => {
  it.each([failures('12'), returned('done'), returned(null), returned({})])(
    'is a success whatever it says',
    (result) => {
      expect(readOutcome(result, RECORDS, false)).toEqual(SUCCEEDED);
    },
  );
});
