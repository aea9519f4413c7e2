/**
 * Cases from the AWS IoT Core developer guide (https://docs.aws.amazon.com/iot/latest/developerguide/…) and the IAM user
 * guide (https://docs.aws.amazon.com/IAM/latest/UserGuide/…), each with its page.
 */
import { describe, expect, it } from 'vitest';
import { POLICY_CHARACTERS_MAX, readPolicy } from '../../../../local/iot/policy/document.ts';
import { isAllowed } from '../../../../local/iot/policy/evaluate.ts';

const ARN = 'arn:aws:iot:us-east-1:000000000000:';

interface Case {
  readonly page: string;
  readonly says: string;
  readonly statements: readonly object[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly allowed?: readonly string[];
  readonly refused?: readonly string[];
}

function allow(action: string | string[], resource: string | string[], more: object = {}): object {
  return statement('Allow', action, resource, more);
}

function statement(Effect: string, Action: string | string[], resource: string | string[], more: object = {}): object {
  const resources = [resource].flat().map((name) => (name === '*' ? name : `${ARN}${name}`));
  return { Effect, Action, Resource: resources, ...more };
}

/** A request is written as `Publish topic/a`. */
const CASES: readonly Case[] = [
  {
    page: 'pub-sub-policy.html',
    says: '* is any characters, also several levels, and not confined to one',
    statements: [allow('iot:Publish', 'topic/foo/bar/*')],
    allowed: ['Publish topic/foo/bar/baz', 'Publish topic/foo/bar/baz/qux', 'Publish topic/foo/bar/'],
    refused: ['Publish topic/foo/bar', 'Publish topic/foo', 'Publish topic/xfoo/bar/baz'],
  },
  {
    page: 'pub-sub-policy.html',
    says: '? is any one character',
    statements: [allow('iot:Publish', 'topic/customer1?3/events')],
    allowed: ['Publish topic/customer103/events', 'Publish topic/customer1.3/events'],
    refused: ['Publish topic/customer13/events', 'Publish topic/customer1003/events'],
  },
  {
    page: 'pub-sub-policy.html',
    says: '+ and # are those characters and no wildcards',
    statements: [allow('iot:Subscribe', ['topicfilter/some/+/topic', 'topicfilter/some/#'])],
    allowed: ['Subscribe topicfilter/some/+/topic', 'Subscribe topicfilter/some/#'],
    refused: ['Subscribe topicfilter/some/specific/topic', 'Subscribe topicfilter/some/x', 'Publish topic/some/#'],
  },
  {
    page: 'pub-sub-policy.html',
    says: 'subscribing takes topicfilter, publishing and receiving take topic',
    statements: [allow(['iot:Subscribe', 'iot:Publish', 'iot:Receive'], 'topic/a')],
    allowed: ['Publish topic/a', 'Receive topic/a'],
    refused: ['Subscribe topicfilter/a'],
  },
  {
    page: 'reference_policies_evaluation-logic.html',
    says: 'what nothing allows is denied, and an explicit deny wins over every allow',
    statements: [allow('iot:*', '*'), statement('Deny', 'iot:Publish', 'topic/secret/*')],
    allowed: ['Publish topic/open', 'Connect client/x'],
    refused: ['Publish topic/secret/a'],
  },
  {
    page: 'reference_policies_evaluation-logic.html',
    says: 'no statement, no right',
    statements: [],
    refused: ['Publish topic/a'],
  },
  {
    page: 'reference_policies_elements_action.html',
    says: 'actions have wildcards, and their case does not count',
    statements: [allow('IOT:pub*', 'topic/a')],
    allowed: ['Publish topic/a'],
    refused: ['Receive topic/a', 'RetainPublish topic/a'],
  },
  {
    page: 'thing-policy-variables.html',
    says: 'the thing’s name, type and attributes stand for themselves',
    statements: [
      allow('iot:Connect', 'client/${iot:Connection.Thing.ThingName}'),
      allow('iot:Publish', 'topic/${iot:Connection.Thing.ThingTypeName}/${iot:Connection.Thing.Attributes[zone]}/*'),
    ],
    variables: {
      'iot:Connection.Thing.ThingName': 'd1',
      'iot:Connection.Thing.ThingTypeName': 'lamp',
      'iot:Connection.Thing.Attributes[zone]': 'centre',
    },
    allowed: ['Connect client/d1', 'Publish topic/lamp/centre/x'],
    refused: ['Connect client/d2', 'Connect client/d11', 'Publish topic/lamp/east/x', 'Publish topic/lamp//x'],
  },
  {
    page: 'reference_policies_variables.html',
    says: 'a variable without a value matches nothing, not even its own name',
    statements: [allow('iot:Publish', 'topic/a/${iot:Connection.Thing.Attributes[zone]}')],
    refused: ['Publish topic/a/', 'Publish topic/a/${iot:Connection.Thing.Attributes[zone]}', 'Publish topic/a/*'],
  },
  {
    page: 'reference_policies_variables.html',
    says: 'a variable without a value may make its whole statement invalid, and no other',
    statements: [
      allow('iot:Publish', ['topic/a/${iot:ClientId}', 'topic/a/${iot:Connection.Thing.Attributes[zone]}']),
      allow('iot:Publish', 'topic/b/${iot:ClientId}'),
    ],
    variables: { 'iot:ClientId': 'x' },
    allowed: ['Publish topic/b/x'],
    refused: ['Publish topic/a/x'],
  },
  {
    page: 'reference_policies_variables.html',
    says: 'a value is no pattern',
    statements: [allow('iot:Publish', 'topic/${iot:ClientId}/x')],
    variables: { 'iot:ClientId': '*' },
    allowed: ['Publish topic/*/x'],
    refused: ['Publish topic/other/x'],
  },
  {
    page: 'iot-policy-variables.html',
    says: '${*}, ${?} and ${$} are the characters themselves; what is special elsewhere is not here',
    statements: [allow('iot:Publish', ['topic/${*}', 'topic/${?}', 'topic/${$}aws', 'topic/$x(.)'])],
    allowed: ['Publish topic/*', 'Publish topic/?', 'Publish topic/$aws', 'Publish topic/$x(.)'],
    refused: ['Publish topic/a', 'Publish topic/$x(b)'],
  },
  {
    page: 'thing-policy-examples.html',
    says: 'a condition on IsAttached keeps out what is not attached',
    statements: [
      allow('iot:Connect', 'client/*', { Condition: { Bool: { 'iot:Connection.Thing.IsAttached': ['true'] } } }),
    ],
    variables: { 'iot:Connection.Thing.IsAttached': 'false' },
    refused: ['Connect client/d1'],
  },
  {
    page: 'thing-policy-examples.html',
    says: 'and lets in what is',
    statements: [
      allow('iot:Connect', 'client/*', { Condition: { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } } }),
    ],
    variables: { 'iot:Connection.Thing.IsAttached': 'true' },
    allowed: ['Connect client/d1'],
  },
  {
    page: 'reference_policies_elements_condition.html',
    says: 'all conditions must hold, one value of each; what is absent does not',
    statements: [
      allow('iot:Connect', '*', {
        Condition: { StringEquals: { a: ['1', '2'], b: '3' }, Bool: { c: 'true' } },
      }),
    ],
    variables: { a: '2', b: '3' },
    refused: ['Connect client/x'],
  },
];

describe.each(CASES)('$page: $says', ({ statements, variables = {}, allowed = [], refused = [] }) => {
  const policy = readPolicy({ Version: '2012-10-17', Statement: statements });
  const decide = (request: string): boolean => {
    const [action, name] = request.split(/ (.*)/);
    return isAllowed([policy], {
      action: `iot:${action}`,
      resource: `${ARN}${name}`,
      variables: new Map(Object.entries(variables)),
    });
  };
  if (allowed.length > 0) it.each(allowed)('allows %s', (request) => expect(decide(request)).toBe(true));
  if (refused.length > 0) it.each(refused)('refuses %s', (request) => expect(decide(request)).toBe(false));
});

it('several policies add up, and one can deny what another allows', () => {
  const open = readPolicy({ Version: '2012-10-17', Statement: allow('iot:Publish', 'topic/*') });
  const closed = readPolicy({ Version: '2012-10-17', Statement: statement('Deny', 'iot:Publish', 'topic/a') });
  const ask = (resource: string) => ({ action: 'iot:Publish', resource: `${ARN}${resource}`, variables: new Map() });
  expect(isAllowed([closed, open], ask('topic/b'))).toBe(true);
  expect(isAllowed([closed, open], ask('topic/a'))).toBe(false);
});

describe('a document', () => {
  const minimal = { Effect: 'Allow', Action: 'iot:Connect', Resource: '*' };
  const documentOf = (Statement: unknown): object => ({ Version: '2012-10-17', Statement });

  it.each<[string, unknown, string]>([
    ['a part that would be ignored', documentOf({ ...minimal, NotResource: 'x' }), 'unsupported NotResource'],
    ['NotAction', documentOf({ Effect: 'Allow', NotAction: 'x', Resource: '*' }), 'unsupported NotAction'],
    ['a condition', documentOf({ ...minimal, Condition: { IpAddress: { 'aws:SourceIp': '1' } } }), 'IpAddress'],
    ['another effect', documentOf({ ...minimal, Effect: 'allow' }), 'Effect must be Allow or Deny, got "allow"'],
    ['no action', documentOf({ Effect: 'Allow', Resource: '*' }), 'Action must be'],
    ['an empty resource', documentOf({ ...minimal, Resource: [] }), 'Resource must be'],
    ['an old version', { Version: '2008-10-17', Statement: minimal }, 'Version "2012-10-17"'],
    ['a statement that is none', documentOf('x'), 'a statement must be an object'],
  ])('with %s is refused', (_what, document, message) => {
    expect(() => readPolicy(document)).toThrow(message);
  });

  it(`may have ${POLICY_CHARACTERS_MAX} characters and no more`, () => {
    const filler = POLICY_CHARACTERS_MAX - JSON.stringify(documentOf({ ...minimal, Sid: '' })).length;
    expect(readPolicy(JSON.stringify(documentOf({ ...minimal, Sid: 's'.repeat(filler) })))).toHaveLength(1);
    expect(() => readPolicy(documentOf({ ...minimal, Sid: 's'.repeat(filler + 1) }))).toThrow('2049 characters');
  });
});
