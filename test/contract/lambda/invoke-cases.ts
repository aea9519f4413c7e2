import { expect, it } from 'vitest';
import { type Contract, refusalOf } from './contract.ts';

/** "Lambda quotas" in the developer guide: a request of a synchronous invocation, the number that a refusal names. */
const REQUEST_BYTES_MAX = 6_291_456;

const payloadOf = ({ Payload }: { Payload?: Uint8Array | undefined }): unknown =>
  JSON.parse(Buffer.from(Payload ?? []).toString());

/** docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export function invokeCases(contract: () => Contract): void {
  it('waits for the answer of a RequestResponse, and names the version that gave it', async () => {
    const answer = await contract().invoke({ Payload: '{"a":[1,"ü"]}' });
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(answer.FunctionError).toBeUndefined();
    expect(payloadOf(answer)).toEqual({ event: { a: [1, 'ü'] } });
  });

  it('takes a name, an ARN and the qualifier $LATEST', async () => {
    const { outputs, invoke } = contract();
    const name = outputs['Answering']?.split(':').at(-1);
    expect(await invoke({ FunctionName: name, Payload: '{}' })).toMatchObject({ StatusCode: 200 });
    expect(await invoke({ Qualifier: '$LATEST', Payload: '{}' })).toMatchObject({ StatusCode: 200 });
  });

  it('answers 200 for a function that throws, with the error as the payload', async () => {
    const answer = await contract().invoke({ Payload: '{"fail":"no such twin"}' });
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled', ExecutedVersion: '$LATEST' });
    expect(payloadOf(answer)).toMatchObject({ errorType: 'TypeError', errorMessage: 'no such twin' });
  });

  it('refuses a function that is not there', async () => {
    const call = contract().invoke({ FunctionName: 'cityweave-no-such-function', Payload: '{}' });
    expect(await refusalOf(call)).toEqual({ name: 'ResourceNotFoundException', status: 404 });
  });

  it('refuses a payload that is no JSON', async () => {
    const call = contract().invoke({ Payload: '{' });
    expect(await refusalOf(call)).toEqual({ name: 'InvalidRequestContentException', status: 400 });
  });

  it('takes a payload of 6 MB and refuses one byte more', async () => {
    const ofBytes = (bytes: number): string => JSON.stringify('x'.repeat(bytes - '""'.length));
    // The answer holds the event and ten bytes more: a response may be a hundred bytes larger than a request.
    expect(await contract().invoke({ Payload: ofBytes(REQUEST_BYTES_MAX) })).toMatchObject({ StatusCode: 200 });
    const call = contract().invoke({ Payload: ofBytes(REQUEST_BYTES_MAX + 1) });
    expect(await refusalOf(call)).toEqual({ name: 'RequestTooLargeException', status: 413 });
  });
}
