/**
 * The Lambda and S3 actions and what becomes of them beside others, after the AWS IoT Core developer guide: "Lambda"
 * (https://docs.aws.amazon.com/iot/latest/developerguide/lambda-rule-action.html), "S3" (…/s3-rule-action.html),
 * "Substitution templates" (…/iot-substitution-templates.html) and "Error handling" (…/rule-error-handling.html).
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { PublishedMessage } from '../../../local/iot/message.ts';
import { createTopicRule, kinesisTo, RETRY_DELAYS_MS, startIot, type StartedIot } from './start-iot.ts';

let started: StartedIot | undefined;
afterEach(() => started?.close());

const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:fast-lane';
const ROLE_ARN = 'arn:aws:iam::000000000000:role/r';
const TRIES = 1 + RETRY_DELAYS_MS.length;

const lambda = { Lambda: { FunctionArn: FUNCTION_ARN } };

function s3To(key: string, more: Readonly<Record<string, unknown>> = {}): object {
  return { S3: { BucketName: 'errors', Key: key, RoleArn: ROLE_ARN, ...more } };
}

function messageOn(topic: string, payload = '{"a":1}'): PublishedMessage {
  return { topic, payload: Buffer.from(payload), clientId: 'c', principal: '', receivedAtMs: 7, traceId: 'trace' };
}

describe('the Lambda action', () => {
  it('queues the result of the SQL as the event', async () => {
    const events: unknown[] = [];
    started = await startIot(undefined, { invokeAsync: async (...call) => events.push(call) });
    await started.addRule('r', "SELECT a, topic() AS topic FROM 'a/+'", { Actions: [lambda] });
    await started.iot.rules.evaluate(messageOn('a/b'));
    expect(events).toEqual([[FUNCTION_ARN, { a: 1, topic: 'a/b' }]]);
  });

  it('fails where the function does not let the rule in, and looks again with the next message', async () => {
    const events: unknown[] = [];
    const asked: unknown[] = [];
    let isLetIn = false;
    started = await startIot(undefined, {
      invokeAsync: async (...call) => events.push(call),
      mayInvoke: (...question) => {
        asked.push(question);
        return isLetIn;
      },
    });
    await started.addRule('r', "SELECT * FROM 'a/+'", { Actions: [lambda] });
    await started.iot.rules.evaluate(messageOn('a/b'));
    expect(events).toEqual([]);
    expect(asked[0]).toEqual([FUNCTION_ARN, 'iot.amazonaws.com', 'arn:aws:iot:us-east-1:000000000000:rule/r']);
    expect(started.log).toEqual([expect.stringContaining('AWS::Lambda::Permission')]);
    isLetIn = true;
    await started.iot.rules.evaluate(messageOn('a/b'));
    expect(events).toEqual([[FUNCTION_ARN, { a: 1 }]]);
  });

  it.each(['no JSON', ''])('fails for the payload %j, which is no event', async (payload) => {
    const events: unknown[] = [];
    started = await startIot(undefined, { invokeAsync: async (...call) => events.push(call) });
    await started.addRule('r', "SELECT * FROM 'a/+'", { Actions: [lambda] });
    await started.iot.rules.evaluate(messageOn('a/b', payload));
    expect(events).toEqual([]);
    expect(started.log).toEqual([expect.stringContaining("select anything else as encode(*, 'base64')")]);
  });

  it('refuses a function without an ARN, and properties that it does not know', async () => {
    started = await startIot();
    await expect(started.addRule('r1', "SELECT * FROM 'a'", { Actions: [{ Lambda: {} }] })).rejects.toThrow(
      'FunctionArn must be a string',
    );
    const extra = { Lambda: { FunctionArn: FUNCTION_ARN, Qualifier: '1' } };
    await expect(started.addRule('r2', "SELECT * FROM 'a'", { Actions: [extra] })).rejects.toThrow('Qualifier');
  });
});

describe('the S3 action', () => {
  it('writes one object a message, its key made by substitution templates', async () => {
    const objects: unknown[] = [];
    started = await startIot(undefined, {
      putObject: async (bucket, key, body) => objects.push([bucket, key, String(body)]),
    });
    const key = 'rule/${topic(2)}/${timestamp()}-${traceid()}.json';
    await started.addRule('r', "SELECT a FROM 'a/+'", { Actions: [s3To(key)] });
    await started.iot.rules.evaluate(messageOn('a/b'));
    expect(objects).toEqual([['errors', 'rule/b/7-trace.json', '{"a":1}']]);
  });

  it('fails where the key is empty', async () => {
    started = await startIot();
    await started.addRule('r', "SELECT a FROM 'a/+'", { Actions: [s3To('${topic(9)}')] });
    await started.iot.rules.evaluate(messageOn('a/b'));
    expect(started.log).toEqual([expect.stringContaining('gives an empty key')]);
  });

  it('refuses a canned ACL, which would open objects beside the bucket policy', async () => {
    started = await startIot();
    const actions = { Actions: [s3To('k', { CannedAcl: 'public-read' })] };
    await expect(started.addRule('r', "SELECT * FROM 'a'", actions)).rejects.toThrow('CannedAcl');
  });
});

describe('several actions in one rule', () => {
  it('are independent: one that fails is tried again while the others were done once', async () => {
    let invocations = 0;
    const objects: string[] = [];
    started = await startIot(undefined, {
      invokeAsync: async () => {
        invocations += 1;
        throw new Error('TooManyRequestsException');
      },
      putObject: async (_bucket, key, body) => objects.push(`${key} ${body.toString()}`),
    });
    await started.addRule('cityweave_dt_critical', "SELECT a FROM 'a/+'", {
      Actions: [lambda, kinesisTo('ingest')],
      ErrorAction: s3To('${topic()}/${traceid()}'),
    });
    await started.iot.rules.evaluate(messageOn('a/b'));
    expect(started.records.map(({ streamName }) => streamName)).toEqual(['ingest']);
    expect(invocations).toBe(TRIES);
    expect(objects).toHaveLength(1);
    const [key, body = ''] = objects[0]?.split(/ (.*)/) ?? [];
    expect(key).toBe('a/b/trace');
    expect(JSON.parse(body)).toEqual({
      ruleName: 'cityweave_dt_critical',
      topic: 'a/b',
      cloudwatchTraceId: 'trace',
      clientId: 'c',
      base64OriginalPayload: Buffer.from('{"a":1}').toString('base64'),
      failures: [
        { failedAction: 'LambdaAction', failedResource: FUNCTION_ARN, errorMessage: 'TooManyRequestsException' },
      ],
    });
  });

  it('hold the PUBACK until each is safe, the error action among them', async () => {
    const { promise: errorWritten, resolve: writeError } = Promise.withResolvers<void>();
    const order: string[] = [];
    started = await startIot(undefined, {
      invokeAsync: () => Promise.reject(new Error('gone')),
      putObject: async () => {
        await errorWritten;
        order.push('error action is safe');
      },
    });
    await started.addRule('r', "SELECT a FROM 'a/+'", {
      Actions: [lambda, kinesisTo('ingest')],
      ErrorAction: s3To('k'),
    });
    const client = await started.connect();
    const published = client.publishAsync('a/b', '{"a":1}', { qos: 1 }).then(() => order.push('PUBACK'));
    setTimeout(writeError, 200);
    await published;
    expect(order).toEqual(['error action is safe', 'PUBACK']);
  });

  it('are at most ten', async () => {
    started = await startIot();
    const many = (count: number) => ({ Actions: Array.from({ length: count }, () => lambda) });
    await started.addRule('ten', "SELECT * FROM 'a'", many(10));
    await expect(started.addRule('eleven', "SELECT * FROM 'a'", many(11))).rejects.toThrow('up to 10');
  });
});

it('an unknown action is refused by name', async () => {
  const iot = await startIot();
  started = iot;
  const payload = { Sql: "SELECT * FROM 'a'", AwsIotSqlVersion: '2016-03-23', Actions: [{ Sqs: {} }] };
  await expect(createTopicRule(iot.iot, { RuleName: 'r', TopicRulePayload: payload })).rejects.toThrow(
    'unsupported action "Sqs"; the local cloud knows Kinesis, Lambda, S3',
  );
});
