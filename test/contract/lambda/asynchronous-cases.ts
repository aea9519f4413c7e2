import { expect, it } from 'vitest';
import { type Contract, DATED_KEY, refusalOf } from './contract.ts';

/** "Lambda quotas" in the developer guide: 1 MB for an asynchronous invocation. */
const ASYNCHRONOUS_BYTES_MAX = 1_048_576;

/** docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
export function asynchronousCases(contract: () => Contract): void {
  it('takes an Event with 202 and no answer', async () => {
    const answer = await contract().invoke({ InvocationType: 'Event', Payload: '{}' });
    expect(answer.StatusCode).toBe(202);
    expect(answer.FunctionError).toBeUndefined();
    expect(Buffer.from(answer.Payload ?? []).toString()).toBe('');
  });

  it('writes an event that failed to its destination, with the request and what the function answered', async () => {
    const { invoke, failure, outputs } = contract();
    const text = `lost at ${Date.now()}`;
    await invoke({ InvocationType: 'Event', Payload: JSON.stringify({ fail: text }) });
    const name = outputs['Answering']?.split(':').at(-1);
    const { key, record } = await failure(`aws/lambda/async/${name}/`, (body) => body.includes(text));
    expect(key).toMatch(new RegExp(`^aws/lambda/async/${name}/${DATED_KEY}$`));
    expect(record).toMatchObject({
      version: '1.0',
      requestContext: {
        functionArn: `${outputs['Answering']}:$LATEST`,
        condition: 'RetriesExhausted',
        approximateInvokeCount: 1,
      },
      requestPayload: { fail: text },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorType: 'TypeError', errorMessage: text },
    });
  });

  it('refuses an event of more than 1 MB, and one for a function that is not there', async () => {
    const { invoke } = contract();
    const Payload = JSON.stringify('x'.repeat(ASYNCHRONOUS_BYTES_MAX - 1));
    expect(await refusalOf(invoke({ InvocationType: 'Event', Payload }))).toEqual({
      name: 'RequestTooLargeException',
      status: 413,
    });
    const FunctionName = 'cityweave-no-such-function';
    expect(await refusalOf(invoke({ InvocationType: 'Event', FunctionName, Payload: '{}' }))).toEqual({
      name: 'ResourceNotFoundException',
      status: 404,
    });
  });
}
