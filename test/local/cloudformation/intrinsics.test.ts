import { describe, expect, it } from 'vitest';
import { NO_VALUE, resolve, type Scope } from '../../../local/cloudformation/intrinsics.ts';

/** A stack of which everything is known, so that each case reads as one line. */
const REFS: Readonly<Record<string, unknown>> = {
  'AWS::Region': 'us-east-1',
  'AWS::NoValue': NO_VALUE,
  Table: 'twins',
  Names: ['a', 'b'],
  Shards: 4,
};
const ATTRIBUTES: Readonly<Record<string, string>> = { 'Table.Arn': 'arn:twins', 'Nested.Outputs.Url': 'http://x' };

const scope: Scope = {
  ref: (name) => REFS[name],
  attribute: (logicalId, name) => ATTRIBUTES[`${logicalId}.${name}`],
  importValue: (name) => ({ 'Twin:TableArn': 'arn:imported' })[name],
  condition: (name) => ({ IsDev: true, IsProd: false })[name],
  mapping: (map, top, second) => (map === 'Sizes' && top === 'dev' && second === 'shards' ? '1' : undefined),
};

describe('intrinsic functions', () => {
  it.each<[name: string, template: unknown, expected: unknown]>([
    ['Ref of a resource', { Ref: 'Table' }, 'twins'],
    ['Ref of a pseudo parameter', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['Ref keeps a parameter that is no text', { Ref: 'Shards' }, 4],
    ['GetAtt as a list', { 'Fn::GetAtt': ['Table', 'Arn'] }, 'arn:twins'],
    ['GetAtt as text, with a dot in the attribute', { 'Fn::GetAtt': 'Nested.Outputs.Url' }, 'http://x'],
    [
      'Sub with names, attributes and a literal',
      { 'Fn::Sub': '${Table}/${Table.Arn}/${!Table}/${AWS::Region}' },
      'twins/arn:twins/${Table}/us-east-1',
    ],
    [
      'Sub with its own variables first',
      { 'Fn::Sub': ['${Table}-${Own}', { Table: 'mine', Own: { Ref: 'Table' } }] },
      'mine-twins',
    ],
    ['Sub of a number', { 'Fn::Sub': '${Shards} shards' }, '4 shards'],
    [
      'Sub leaves IoT policy variables that are escaped',
      { 'Fn::Sub': 'dt/${!iot:Connection.Thing.ThingName}' },
      'dt/${iot:Connection.Thing.ThingName}',
    ],
    ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'Table' }, { Ref: 'Shards' }]] }, 'a-twins-4'],
    ['Join of a list that is named', { 'Fn::Join': [',', { Ref: 'Names' }] }, 'a,b'],
    ['Join leaves out NoValue', { 'Fn::Join': [',', ['a', { Ref: 'AWS::NoValue' }]] }, 'a'],
    ['Select and Split', { 'Fn::Select': [1, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Table', 'Arn'] }] }] }, 'twins'],
    ['Select with an index as text', { 'Fn::Select': ['0', ['a', 'b']] }, 'a'],
    ['If that holds', { 'Fn::If': ['IsDev', 1, { Ref: 'Absent' }] }, 1],
    ['If that does not hold', { 'Fn::If': ['IsProd', { Ref: 'Absent' }, { Ref: 'Table' }] }, 'twins'],
    ['If with NoValue drops the property', { a: { 'Fn::If': ['IsProd', 1, { Ref: 'AWS::NoValue' }] }, b: 2 }, { b: 2 }],
    ['Equals', { 'Fn::Equals': [{ Ref: 'Table' }, 'twins'] }, true],
    ['Not of a named condition', { 'Fn::Not': [{ Condition: 'IsDev' }] }, false],
    ['And', { 'Fn::And': [{ Condition: 'IsDev' }, { 'Fn::Equals': ['a', 'b'] }] }, false],
    ['Or', { 'Fn::Or': [{ Condition: 'IsProd' }, { Condition: 'IsDev' }] }, true],
    [
      'ImportValue with a name that is made',
      { 'Fn::ImportValue': { 'Fn::Join': [':', ['Twin', 'TableArn']] } },
      'arn:imported',
    ],
    ['FindInMap', { 'Fn::FindInMap': ['Sizes', 'dev', 'shards'] }, '1'],
    ['Base64', { 'Fn::Base64': 'Zürich' }, 'WsO8cmljaA=='],
    ['a value without any', { list: [1, null, true, { deep: 'text' }] }, { list: [1, null, true, { deep: 'text' }] }],
    ['an object that only looks like one', { Ref: 'Table', other: 1 }, { Ref: 'Table', other: 1 }],
    [
      'Condition of an IAM statement',
      { Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      { Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    ],
  ])('%s', (_, template, expected) => {
    expect(resolve(template, scope, 'S/R.Properties')).toEqual(expected);
  });

  it.each<[name: string, template: unknown, message: string]>([
    [
      'an unknown Ref',
      { Name: { Ref: 'Absent' } },
      'Twin/R.Properties.Name.Ref: there is no parameter or resource named Absent',
    ],
    [
      'an unknown attribute',
      [{ 'Fn::GetAtt': ['Table', 'Nope'] }],
      'Twin/R.Properties[0].Fn::GetAtt: there is no resource Table with an attribute Nope',
    ],
    [
      'an unknown name in Sub',
      { 'Fn::Sub': 'x-${Absent}' },
      'Twin/R.Properties.Fn::Sub: there is nothing that ${Absent} could stand for',
    ],
    [
      'an unknown export',
      { 'Fn::ImportValue': 'Nope' },
      'Twin/R.Properties.Fn::ImportValue: there is no stack before this one that exports Nope',
    ],
    [
      'an unknown condition',
      { 'Fn::If': ['Nope', 1, 2] },
      'Twin/R.Properties.Fn::If: there is no condition named Nope',
    ],
    [
      'an unknown map entry',
      { 'Fn::FindInMap': ['Sizes', 'prod', 'shards'] },
      'Twin/R.Properties.Fn::FindInMap: there is no entry Sizes.prod.shards in Mappings',
    ],
    [
      'an index beyond the list',
      { 'Fn::Select': [2, ['a', 'b']] },
      'Twin/R.Properties.Fn::Select: there is no element 2 in the list',
    ],
    ['a wrong argument', { 'Fn::Join': 'a' }, 'Twin/R.Properties.Fn::Join: expected a list of two, got "a"'],
    [
      'a function that is not supported',
      { 'Fn::Cidr': ['10.0.0.0/8', 1] },
      'Twin/R.Properties: Fn::Cidr is not supported locally',
    ],
    [
      'a dynamic reference',
      '{{resolve:ssm:/a}}',
      'Twin/R.Properties: dynamic references ({{resolve:…}}) are not supported locally, got "{{resolve:ssm:/a}}"',
    ],
  ])('says in one line where and why: %s', (_, template, message) => {
    expect(() => resolve(template, scope, 'Twin/R.Properties')).toThrow(new Error(message));
  });
});
