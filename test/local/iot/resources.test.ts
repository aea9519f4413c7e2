import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTIONS_PER_RULE_MAX } from '../../../local/iot/rule-definition.ts';
import { createTopicRule, kinesisTo, startIot, type StartedIot } from './start-iot.ts';

let started: StartedIot;
beforeAll(async () => {
  started = await startIot();
});
afterAll(() => started.close());

const payload = { Sql: "SELECT * FROM 'a/b'", AwsIotSqlVersion: '2016-03-23', Actions: [kinesisTo('ingest')] };

describe('AWS::IoT::TopicRule', () => {
  it('gives the name for Ref, and the ARN', async () => {
    expect(await createTopicRule(started.iot, { RuleName: 'cityweave_dt', TopicRulePayload: payload })).toEqual({
      ref: 'cityweave_dt',
      attributes: { Arn: 'arn:aws:iot:us-east-1:000000000000:rule/cityweave_dt' },
    });
  });

  it('names a rule that has no name', async () => {
    expect((await createTopicRule(started.iot, { TopicRulePayload: payload })).ref).toBe('Ingest_Rule1');
  });

  it('takes as many actions as a rule may have, and a name of 128', async () => {
    const actions = Array.from({ length: ACTIONS_PER_RULE_MAX }, () => kinesisTo('ingest'));
    const name = 'n'.repeat(128);
    await expect(
      createTopicRule(started.iot, { RuleName: name, TopicRulePayload: { ...payload, Actions: actions } }),
    ).resolves.toMatchObject({ ref: name });
  });

  const kinesis = { StreamName: 's', PartitionKey: 'k', RoleArn: 'r' };
  it.each<[string, object, string]>([
    ['a function', { Sql: "SELECT aws_lambda('f') AS x FROM 'a'" }, 'unsupported function "aws_lambda"'],
    ['an SQL version', { AwsIotSqlVersion: '2015-10-08' }, 'unsupported AwsIotSqlVersion "2015-10-08"'],
    ['no SQL version', { AwsIotSqlVersion: undefined }, 'unsupported AwsIotSqlVersion undefined'],
    ['no SQL', { Sql: undefined }, 'Sql must be a string'],
    ['a bad filter', { Sql: "SELECT * FROM 'a/#/b'" }, 'is no topic filter'],
    [
      'an action type',
      { Actions: [{ Sns: { TargetArn: 'x' } }] },
      'unsupported action "Sns"; the local cloud knows Kinesis',
    ],
    ['an error action type', { ErrorAction: { Sqs: {} } }, 'unsupported action "Sqs"'],
    ['two types in one action', { Actions: [{ Kinesis: kinesis, Sns: {} }] }, 'exactly one type, got Kinesis, Sns'],
    ['no actions', { Actions: undefined }, 'Actions must be a list'],
    ['a property', { Debug: true }, 'unsupported property Debug'],
    ['no stream', { Actions: [{ Kinesis: { ...kinesis, StreamName: '' } }] }, 'StreamName must be a string'],
    ['no key', { Actions: [{ Kinesis: { ...kinesis, PartitionKey: undefined } }] }, 'PartitionKey must be a string'],
    ['no role', { Actions: [{ Kinesis: { ...kinesis, RoleArn: undefined } }] }, 'RoleArn must be a string'],
    [
      'a Kinesis property',
      { Actions: [{ Kinesis: { ...kinesis, BatchMode: true } }] },
      'unsupported property BatchMode',
    ],
    ['a bad template', { Actions: [kinesisTo('s', '${rand()}')] }, 'unsupported function "rand"'],
    [
      'too many actions',
      { Actions: Array.from({ length: ACTIONS_PER_RULE_MAX + 1 }, () => kinesisTo('s')) },
      'up to 10 actions, got 11',
    ],
  ])('refuses %s by name', async (_what, change, reason) => {
    const created = createTopicRule(started.iot, { RuleName: 'refused', TopicRulePayload: { ...payload, ...change } });
    await expect(created).rejects.toThrow(`topic rule "refused": `);
    await expect(created).rejects.toThrow(reason);
  });

  it.each(['bad-name', '', 'n'.repeat(129)])('refuses the name "%s"', async (name) => {
    await expect(createTopicRule(started.iot, { RuleName: name, TopicRulePayload: payload })).rejects.toThrow(
      'the name must be 1 to 128 letters, digits or underscores',
    );
  });

  it('refuses a second rule of one name', async () => {
    await createTopicRule(started.iot, { RuleName: 'twice', TopicRulePayload: payload });
    await expect(createTopicRule(started.iot, { RuleName: 'twice', TopicRulePayload: payload })).rejects.toThrow(
      'exists already',
    );
  });
});
