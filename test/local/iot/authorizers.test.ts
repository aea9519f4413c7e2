/** "Defining your Lambda function", https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth-lambda.html */
import { connectAsync } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { type Authorizer, authorize } from '../../../local/iot/authorizers.ts';
import type { InvokeResult } from '../../../local/lambda/invocation.ts';
import { whenClosed } from './mqtt-events.ts';
import { startIot, type StartedIot } from './start-iot.ts';

const authorizer: Authorizer = { name: 'a', functionArn: 'arn:f', tokenKeyName: 'token' };
const credentials = { connectionId: 'c', headers: {}, queryString: '?token=t' };
const policy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'iot:*', Resource: 'arn:aws:iot:us-east-1:000000000000:*/x' }],
};
const answer = {
  isAuthenticated: true,
  principalId: 'p1',
  disconnectAfterInSeconds: 300,
  refreshAfterInSeconds: 300,
  policyDocuments: [policy],
};

function returning(payload: unknown): InvokeResult {
  return { kind: 'returned', requestId: 'r', payload };
}

describe('an authorizer', () => {
  it('gets the token, the query and the headers, and its answer says who this is', async () => {
    const events: unknown[] = [];
    const granted = await authorize(authorizer, { ...credentials, headers: { a: 'b' } }, async (functionArn, event) => {
      events.push(functionArn, event);
      return returning(answer);
    });
    expect(granted).toMatchObject({ granted: true, disconnectAfterS: 300, identity: { principal: 'p1' } });
    expect(events).toEqual([
      'arn:f',
      {
        token: 't',
        signatureVerified: false,
        protocols: ['tls', 'http', 'mqtt'],
        protocolData: { tls: { serverName: 'localhost' }, http: { headers: { a: 'b' }, queryString: '?token=t' } },
        connectionMetadata: { id: 'c' },
      },
    ]);
  });

  it.each<[string, object, string]>([
    ['not authenticated', { isAuthenticated: false }, 'not authenticated'],
    ['a text for true', { isAuthenticated: 'true' }, 'not authenticated'],
    ['a principal with a dash', { principalId: 'p-1' }, 'principalId'],
    ['a principal of 129 characters', { principalId: 'p'.repeat(129) }, 'principalId'],
    ['less than the shortest connection', { disconnectAfterInSeconds: 299 }, 'from 300 to 86400, got 299'],
    ['more than a day', { disconnectAfterInSeconds: 86_401 }, 'got 86401'],
    ['no end', { disconnectAfterInSeconds: undefined }, 'got undefined'],
    ['eleven documents', { policyDocuments: Array.from({ length: 11 }, () => policy) }, 'up to 10'],
    ['no documents', { policyDocuments: undefined }, 'up to 10'],
    ['a document that is none', { policyDocuments: ['{}'] }, 'policy document'],
  ])('that answers %s lets nobody in', async (_what, part, reason) => {
    const result = await authorize(authorizer, credentials, async () => returning({ ...answer, ...part }));
    expect(result).toEqual({ granted: false, reason: expect.stringContaining(reason) });
  });

  it('may use all of the bounds', async () => {
    const widest = {
      principalId: 'p'.repeat(128),
      disconnectAfterInSeconds: 86_400,
      policyDocuments: Array.from({ length: 10 }, () => JSON.stringify(policy)),
    };
    expect(await authorize(authorizer, credentials, async () => returning({ ...answer, ...widest }))).toMatchObject({
      granted: true,
    });
  });

  it.each<InvokeResult>([
    { kind: 'failed', requestId: 'r', functionError: 'Unhandled', payload: { errorType: 'E', errorMessage: 'broke' } },
    { kind: 'refused', reason: 'TooManyRequestsException', message: 'broke' },
  ])('whose function $kind lets nobody in', async (result) => {
    expect(await authorize(authorizer, credentials, async () => result)).toEqual({
      granted: false,
      reason: 'the authorizer failed: broke',
    });
  });
});

describe('MQTT over WebSocket', () => {
  let started: StartedIot | undefined;
  afterEach(() => started?.close());

  async function listen(invoke = async () => returning(answer)): Promise<string> {
    started = await startIot(undefined, { invoke });
    await create(started, { SigningDisabled: true });
    return `ws://127.0.0.1:${await started.iot.listenWebSocket(0)}`;
  }
  const create = ({ iot }: StartedIot, more: object) => {
    const provider = iot.providers.find(({ type }) => type === 'AWS::IoT::Authorizer');
    const properties = { AuthorizerName: 'n', AuthorizerFunctionArn: 'arn:f', TokenKeyName: 'token', ...more };
    return provider?.create({
      stackName: 's',
      logicalId: 'A',
      type: '',
      properties,
      metadata: {},
      assemblyDirectory: '',
    });
  };
  const connect = (url: string, more = {}) => connectAsync(url, { clientId: 'x', reconnectPeriod: 0, ...more }, false);

  it('takes the authorizer and the token from the query or from headers', async () => {
    const url = await listen();
    const byQuery = await connect(`${url}/mqtt?x-amz-customauthorizer-name=n&token=t`);
    await byQuery.endAsync();
    const wsOptions = { headers: { 'x-amz-customauthorizer-name': 'n', token: 't' } };
    const byHeaders = await connect(`${url}/mqtt`, { wsOptions });
    await byHeaders.endAsync();
    expect(started?.log).toEqual([]);
  });

  it.each([
    ['another path', '/other?x-amz-customauthorizer-name=n', 'its path is /other; expected /mqtt'],
    ['no authorizer', '/mqtt', 'x-amz-customauthorizer-name is ""; the template has n'],
    ['an unknown authorizer', '/mqtt?x-amz-customauthorizer-name=m', 'x-amz-customauthorizer-name is "m"'],
  ])('refuses %s', async (_what, path, reason) => {
    const url = await listen();
    await expect(connect(url + path)).rejects.toThrow();
    expect(started?.log).toEqual([expect.stringContaining(reason)]);
  });

  it('refuses when the authorizer cannot be asked', async () => {
    const url = await listen(() => Promise.reject(new Error('no threads left')));
    await expect(connect(`${url}/mqtt?x-amz-customauthorizer-name=n`)).rejects.toThrow();
    expect(started?.log).toEqual([expect.stringContaining('no threads left')]);
  });

  it('ends a connection that does what the policy does not allow', async () => {
    const client = await connect(`${await listen()}/mqtt?x-amz-customauthorizer-name=n`);
    client.on('error', () => {});
    await client.publishAsync('x', 'fine', { qos: 1 }).catch(() => {});
    const closed = whenClosed(client);
    client.publish('y', 'not', { qos: 1 });
    await closed;
    await client.endAsync(true);
    expect(started?.log.join()).toContain('iot:Publish of y is not allowed');
  });

  it('runs no authorizer that wants signatures, and none that is inactive', async () => {
    started = await startIot();
    await expect(create(started, { SigningDisabled: false })).rejects.toThrow('SigningDisabled must be true');
    await create(started, { SigningDisabled: true, Status: 'INACTIVE' });
    const url = `ws://127.0.0.1:${await started.iot.listenWebSocket(0)}`;
    await expect(connect(`${url}/mqtt?x-amz-customauthorizer-name=n`)).rejects.toThrow();
    expect(started.log).toEqual([expect.stringContaining('the template has none')]);
  });
});
