import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../../local/gateway/server.ts';
import { type LocalLambda, startLocalLambda } from './local-lambda.ts';

let local: LocalLambda;
let gateway: Gateway;

beforeAll(async () => {
  local = await startLocalLambda();
  await local.deploy('add', {
    'index.mjs': `export const handler = async (event) => {
      if (event.fail) throw new Error('as asked');
      return { sum: event.a + event.b };
    };`,
  });
  gateway = await startGateway({ services: [local.lambda.service], port: 0, log: () => {} });
});

afterAll(async () => {
  await gateway.close();
  await local.close();
});

const invoke = (name: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${gateway.url}/2015-03-31/functions/${name}/invocations`, { method: 'POST', body, headers });

// docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
describe('Invoke', () => {
  it('answers with the payload, the version and a request id', async () => {
    const response = await invoke('add', '{"a":1,"b":2}');

    expect(response.status).toBe(200);
    expect(response.headers.get('x-amz-executed-version')).toBe('$LATEST');
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get('x-amz-function-error')).toBeNull();
    expect(await response.json()).toEqual({ sum: 3 });
  });

  it('takes an ARN, escaped as an SDK sends it, and an empty body', async () => {
    const response = await invoke(encodeURIComponent('arn:aws:lambda:us-east-1:000000000000:function:add'), '');

    expect([response.status, await response.json()]).toEqual([200, { sum: null }]);
  });

  it('gives a function error as status 200 with a header', async () => {
    const response = await invoke('add', '{"fail":true}');

    expect([response.status, response.headers.get('x-amz-function-error')]).toEqual([200, 'Unhandled']);
    expect(await response.json()).toMatchObject({ errorType: 'Error', errorMessage: 'as asked' });
  });

  it('takes an event without waiting for its end', async () => {
    const response = await invoke('add', '{"a":1,"b":2}', { 'x-amz-invocation-type': 'Event' });

    expect([response.status, await response.text()]).toEqual([202, '']);
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['absent', '{}', {}, 404, 'ResourceNotFoundException'],
    ['add', '{', {}, 400, 'InvalidRequestContentException'],
    ['add', '{}', { 'x-amz-invocation-type': 'DryRun' }, 400, 'InvalidParameterValueException'],
    ['absent', '{}', { 'x-amz-invocation-type': 'Event' }, 404, 'ResourceNotFoundException'],
    [
      'add',
      JSON.stringify('x'.repeat(1_048_575)),
      { 'x-amz-invocation-type': 'Event' },
      413,
      'RequestTooLargeException',
    ],
    ['add', JSON.stringify('x'.repeat(6_291_455)), {}, 413, 'RequestTooLargeException'],
  ])('refuses: %s', async (name, body, headers, status, type) => {
    const response = await invoke(name, body, headers);

    expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([status, type]);
  });
});

describe('another operation', () => {
  it('is refused by name', async () => {
    const response = await fetch(`${gateway.url}/2015-03-31/functions/`);

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ message: 'GET /2015-03-31/functions/ is not answered here' });
  });
});
