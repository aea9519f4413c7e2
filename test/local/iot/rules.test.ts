import { afterEach, describe, expect, it } from 'vitest';
import type { PublishedMessage } from '../../../local/iot/message.ts';
import { kinesisTo, RETRY_DELAYS_MS, startIot, type StartedIot } from './start-iot.ts';

let started: StartedIot | undefined;
afterEach(() => started?.close());

function messageOn(topic: string, payload = 'hello'): PublishedMessage {
  return { topic, payload: Buffer.from(payload), clientId: 'c', principal: '', receivedAtMs: 1, traceId: 'trace' };
}

const TOPIC_ONLY = "SELECT topic() AS topic FROM 'a/+'";

describe('which rules a message reaches', () => {
  it('every rule whose filter and condition take it, each once', async () => {
    started = await startIot();
    await started.addRule('one', TOPIC_ONLY, { Actions: [kinesisTo('one')] });
    await started.addRule('two', "SELECT * FROM 'a/#'", { Actions: [kinesisTo('two', 'k'), kinesisTo('three', 'k')] });
    await started.addRule('no_match', "SELECT * FROM 'b/#'");
    await started.addRule('no_condition', "SELECT * FROM 'a/#' WHERE topic(2) = 'c'");
    await started.addRule('off', "SELECT * FROM 'a/#'", { RuleDisabled: true });
    await started.iot.rules.evaluate(messageOn('a/b'));
    expect(started.records).toEqual([
      { streamName: 'one', partitionKey: 'a/b', data: Buffer.from('{"topic":"a/b"}') },
      { streamName: 'two', partitionKey: 'k', data: Buffer.from('hello') },
      { streamName: 'three', partitionKey: 'k', data: Buffer.from('hello') },
    ]);
  });

  it('Basic Ingest reaches the named rule alone, whatever its FROM says, without the prefix', async () => {
    started = await startIot();
    await started.addRule('BuildingManager', "SELECT topic() AS topic, topic(3) AS floor FROM 'nowhere'");
    await started.addRule('other', "SELECT * FROM 'Buildings/#'");
    const rest = 'Buildings/Building5/Floor2/Room201/Lights';
    await started.iot.rules.evaluate(messageOn(`$aws/rules/BuildingManager/${rest}`));
    expect(started.records).toEqual([
      { streamName: 'ingest', partitionKey: rest, data: Buffer.from(`{"topic":"${rest}","floor":"Floor2"}`) },
    ]);
  });

  it.each([
    ['absent', 'does not exist'],
    ['off', 'is disabled'],
  ])('Basic Ingest to a rule that is %s is logged', async (name, reason) => {
    started = await startIot();
    await started.addRule('off', 'SELECT *', { RuleDisabled: true });
    await started.iot.rules.evaluate(messageOn(`$aws/rules/${name}/a`));
    expect(started.log).toEqual([expect.stringMatching(`RuleNotFound.*${reason}`)]);
    expect(started.records).toEqual([]);
  });

  it('SQL that fails on a payload does nothing and says so', async () => {
    started = await startIot();
    await started.addRule('json', "SELECT a FROM 'a/+'", { ErrorAction: kinesisTo('errors') });
    await started.iot.rules.evaluate(messageOn('a/b', 'no JSON'));
    expect(started.records).toEqual([]);
    expect(started.log).toEqual([expect.stringContaining('topic rule "json" does nothing')]);
  });
});

describe('failing actions', () => {
  const attempts = 1 + RETRY_DELAYS_MS.length;

  it('are tried again, and are no failure when a later try succeeds', async () => {
    let failures = 1;
    started = await startIot(async () => {
      if (failures-- > 0) {
        throw new Error('throttled');
      }
    });
    await started.addRule('retry', TOPIC_ONLY, { ErrorAction: kinesisTo('errors') });
    await started.iot.rules.evaluate(messageOn('a/b'));
    expect(started.records.map(({ streamName }) => streamName)).toEqual(['ingest', 'ingest']);
    expect(started.log).toEqual([]);
  });

  it('go to the error action once per rule and message, in the documented format', async () => {
    started = await startIot(async (streamName) => {
      if (streamName !== 'errors') {
        throw new Error(`no stream ${streamName}`);
      }
    });
    const actions = [kinesisTo('first'), kinesisTo('second')];
    await started.addRule('failing', TOPIC_ONLY, { Actions: actions, ErrorAction: kinesisTo('errors', '${topic()}') });
    await started.iot.rules.evaluate(messageOn('a/b'));
    const errors = started.records.filter(({ streamName }) => streamName === 'errors');
    expect(started.records).toHaveLength(2 * attempts + 1);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.partitionKey).toBe('a/b');
    // "Error action message format", https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
    expect(JSON.parse(String(errors[0]?.data))).toEqual({
      ruleName: 'failing',
      topic: 'a/b',
      cloudwatchTraceId: 'trace',
      clientId: 'c',
      base64OriginalPayload: 'aGVsbG8=',
      failures: [
        { failedAction: 'KinesisAction', failedResource: 'first', errorMessage: 'no stream first' },
        { failedAction: 'KinesisAction', failedResource: 'second', errorMessage: 'no stream second' },
      ],
    });
    expect(started.log).toEqual([]);
  });

  it('are logged where there is no error action', async () => {
    started = await startIot(() => Promise.reject(new Error('disk full')));
    await started.addRule('bare', TOPIC_ONLY);
    await started.iot.rules.evaluate(messageOn('a/b'));
    expect(started.log).toEqual([
      'topic rule "bare" lost a message on a/b, and has no error action: KinesisAction on ingest: disk full',
    ]);
  });

  it('are logged where the error action fails, too', async () => {
    started = await startIot(() => Promise.reject(new Error('disk full')));
    await started.addRule('both', TOPIC_ONLY, { ErrorAction: kinesisTo('errors') });
    await started.iot.rules.evaluate(messageOn('a/b'));
    expect(started.records.filter(({ streamName }) => streamName === 'errors')).toHaveLength(attempts);
    expect(started.log).toEqual([expect.stringMatching(/lost a message.*then the error action failed, too/)]);
  });

  it('an empty partition key is one', async () => {
    started = await startIot();
    await started.addRule('key', "SELECT * FROM 'a/+'", { Actions: [kinesisTo('ingest', '${topic(9)}')] });
    await started.iot.rules.evaluate(messageOn('a/b'));
    expect(started.records).toEqual([]);
    expect(started.log).toEqual([expect.stringContaining('PartitionKey ${topic(9)} gives an empty key')]);
  });
});

describe('order and durability', () => {
  it('starts the actions in the order of the messages, before evaluate returns', async () => {
    started = await startIot();
    await started.addRule('order', "SELECT * FROM 'a/+'");
    const { rules } = started.iot;
    const done = ['1', '2', '3'].map((text) => rules.evaluate(messageOn('a/b', text)));
    expect(started.records.map(({ data }) => String(data))).toEqual(['1', '2', '3']);
    await Promise.all(done);
  });

  it('resolves when the action is durable, not before; settled() waits for it', async () => {
    const { promise: durable, resolve: makeDurable } = Promise.withResolvers<void>();
    started = await startIot(() => durable);
    await started.addRule('slow', "SELECT * FROM 'a/+'");
    const order: string[] = [];
    const evaluated = started.iot.rules.evaluate(messageOn('a/b')).then(() => order.push('evaluated'));
    const settled = started.iot.rules.settled().then(() => order.push('settled'));
    await new Promise(setImmediate);
    order.push('durable');
    makeDurable();
    await Promise.all([evaluated, settled]);
    expect(order[0]).toBe('durable');
    expect(order.slice(1).sort()).toEqual(['evaluated', 'settled']);
  });
});
