/** Who may connect, say and hear what in AWS IoT Core, as the templates have it. */
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { MQTT_AUTHORIZER_VARIABLES } from '../../lambdas/mqtt-authorizer/environment.ts';
import { PROVISIONING_HOOK_VARIABLES } from '../../lambdas/provisioning-hook/environment.ts';
import { cityApp } from './city-app.ts';

const { ingest, api } = cityApp('prod').templates;

/** Intrinsic functions written out, with the account as `{AWS::AccountId}`. */
function text(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null) return part;
    if ('Ref' in part) return `{${String(part.Ref)}}`;
    if (!('Fn::Join' in part)) return part;
    const [separator, parts] = part['Fn::Join'] as [string, unknown[]];
    return parts
      .map((each) =>
        typeof each === 'object' && each !== null && 'Ref' in each ? `{${String(each.Ref)}}` : String(each),
      )
      .join(separator);
  });
}

interface PolicyProperties {
  readonly PolicyName: string;
  readonly PolicyDocument: unknown;
}

function policies(): Record<string, string> {
  const found = Object.values(ingest.findResources('AWS::IoT::Policy'));
  return Object.fromEntries(
    found.map(({ Properties }: { Properties?: PolicyProperties }) => [
      Properties?.PolicyName ?? '',
      text(Properties?.PolicyDocument),
    ]),
  );
}

const ARN = 'arn:{AWS::Partition}:iot:{AWS::Region}:{AWS::AccountId}:';
const THING = '${iot:Connection.Thing.ThingName}';
const attribute = (name: string): string => `\${iot:Connection.Thing.Attributes[${name}]}`;

const CONNECT_AS_ITSELF = {
  Effect: 'Allow',
  Action: 'iot:Connect',
  Resource: `${ARN}client/${THING}`,
  Condition: { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } },
};
const allow = (Action: string, ...names: string[]) => ({
  Effect: 'Allow',
  Action,
  Resource: names.map((name) => `${ARN}${name}`),
});

describe('a policy', () => {
  it.each<[string, object[]]>([
    [
      'cityweave-device',
      [
        CONNECT_AS_ITSELF,
        allow('iot:Publish', `topic/dt/${attribute('zone')}/${attribute('assetType')}/${attribute('asset')}/${THING}`),
      ],
    ],
    [
      'cityweave-gateway',
      [
        CONNECT_AS_ITSELF,
        allow('iot:Publish', `topic/$aws/rules/cityweave_ingest/dt/${attribute('zone')}/gateway/${THING}/frames`),
        allow('iot:Publish', `topic/$aws/rules/cityweave_ingest/dt/${attribute('zone')}/gateway/${THING}/frames/fec`),
        allow('iot:Publish', `topic/$aws/rules/cityweave_critical/dt/${attribute('zone')}/gateway/${THING}/frames`),
        allow('iot:Publish', `topic/$aws/rules/cityweave_critical/dt/${attribute('zone')}/gateway/${THING}/frames/fec`),
        allow('iot:Publish', `topic/cmd/${attribute('zone')}/gateway/${THING}/uploads/request`),
        allow('iot:Subscribe', `topicfilter/cmd/${attribute('zone')}/gateway/${THING}/*`),
        allow('iot:Receive', `topic/cmd/${attribute('zone')}/gateway/${THING}/*`),
      ],
    ],
    [
      'cityweave-bridge',
      [
        CONNECT_AS_ITSELF,
        allow('iot:Publish', `topic/sensors/${attribute('kind')}/*`),
        allow('iot:Publish', `topic/lorawan/${attribute('network')}/*`),
      ],
    ],
    [
      'cityweave-claim',
      [
        allow('iot:Connect', 'client/claim-*'),
        ...(['iot:Publish topic', 'iot:Subscribe topicfilter', 'iot:Receive topic'] as const).map((each) => {
          const [action = '', resource = ''] = each.split(' ');
          return allow(
            action,
            `${resource}/$aws/certificates/create/*`,
            `${resource}/$aws/provisioning-templates/cityweave-device/provision/*`,
          );
        }),
      ],
    ],
  ])('%s allows exactly this', (name, statements) => {
    const document = policies()[name] ?? '{}';
    expect(JSON.parse(document)).toEqual({ Version: '2012-10-17', Statement: statements });
  });

  it('is one of four, none of which trusts a client id or is too long for AWS', () => {
    expect(Object.keys(policies())).toHaveLength(4);
    for (const document of Object.values(policies())) {
      expect(document).not.toContain('iot:ClientId');
      expect(document.length).toBeLessThan(2048);
    }
  });
});

describe('provisioning by claim', () => {
  it('asks the hook first, and never takes a thing over', () => {
    ingest.hasResourceProperties('AWS::IoT::ProvisioningTemplate', {
      TemplateName: 'cityweave-device',
      TemplateType: 'FLEET_PROVISIONING',
      Enabled: true,
      PreProvisioningHook: {
        PayloadVersion: '2020-04-01',
        TargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ProvisioningHook'), 'Arn'] },
      },
      TemplateBody: Match.serializedJson({
        Parameters: {
          SerialNumber: { Type: 'String' },
          ThingName: { Type: 'String' },
          Zone: { Type: 'String' },
          AssetType: { Type: 'String' },
          Asset: { Type: 'String' },
          'AWS::IoT::Certificate::Id': { Type: 'String' },
        },
        Resources: {
          certificate: {
            Type: 'AWS::IoT::Certificate',
            Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' }, Status: 'Active' },
          },
          policy: { Type: 'AWS::IoT::Policy', Properties: { PolicyName: 'cityweave-device' } },
          thing: {
            Type: 'AWS::IoT::Thing',
            OverrideSettings: { AttributePayload: 'FAIL', ThingTypeName: 'FAIL', ThingGroups: 'FAIL' },
            Properties: {
              ThingName: { Ref: 'ThingName' },
              ThingTypeName: 'cityweave-device',
              AttributePayload: {
                zone: { Ref: 'Zone' },
                assetType: { Ref: 'AssetType' },
                asset: { Ref: 'Asset' },
              },
            },
          },
        },
      }),
    });
  });

  it('can make no policy, change no thing, and do nothing on any resource but the two lists that know none', () => {
    const roles = Object.entries(ingest.findResources('AWS::IAM::Role'));
    const [, role] = roles.find(([id]) => id.startsWith('ProvisioningRole')) ?? [];
    const statements = text(role?.['Properties'].Policies);
    expect(statements).toContain(`${ARN}policy/cityweave-device"`);
    expect(statements).not.toMatch(/policy\/\*|CreatePolicy|UpdateThing|DeleteThing|iot:\*/);
    const policies: { PolicyDocument: { Statement: { Action: string[]; Resource: unknown }[] } }[] =
      role?.['Properties'].Policies ?? [];
    const unnamed = policies
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Resource }) => Resource === '*');
    expect(unnamed.flatMap(({ Action }) => Action)).toEqual(['iot:ListPolicyPrincipals', 'iot:ListPrincipalPolicies']);
    expect(role?.['Properties'].AssumeRolePolicyDocument).toMatchObject({
      Statement: [
        {
          Principal: { Service: 'iot.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        },
      ],
    });
  });

  it('gives things types, by whose attributes they are found', () => {
    for (const [name, attributes] of [
      ['device', ['zone', 'assetType', 'asset']],
      ['gateway', ['zone']],
      ['bridge', ['kind', 'network']],
    ] as const) {
      ingest.hasResourceProperties('AWS::IoT::ThingType', {
        ThingTypeName: `cityweave-${name}`,
        ThingTypeProperties: { SearchableAttributes: [...attributes] },
      });
    }
  });
});

describe('live deltas', () => {
  it('are for bearers of a token, judged by our function', () => {
    api.hasResourceProperties('AWS::IoT::Authorizer', {
      AuthorizerName: 'cityweave-token',
      AuthorizerFunctionArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^LiveDeltasFunction'), 'Arn'] },
      Status: 'ACTIVE',
      TokenKeyName: 'token',
      SigningDisabled: true,
    });
    api.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'cityweave-mqtt-authorizer',
      Environment: { Variables: Match.objectLike({ SCOPE: 'cityweave/read' }) },
    });
  });
});

it.each([
  ['ingest', 'cityweave-provisioning-hook', 'provisioningtemplate/cityweave-device', PROVISIONING_HOOK_VARIABLES],
  ['api', 'cityweave-mqtt-authorizer', 'authorizer/cityweave-token', MQTT_AUTHORIZER_VARIABLES],
] as const)(
  'in %s, %s is run by AWS IoT Core for %s of this account only',
  (stack, functionName, source, variables) => {
    const template = { ingest, api }[stack];
    const permissions = Object.values(template.findResources('AWS::Lambda::Permission')).filter(
      ({ Properties }) => Properties.Principal === 'iot.amazonaws.com' && text(Properties.SourceArn).includes(source),
    );
    expect(permissions).toHaveLength(1);
    expect(permissions[0]?.['Properties']).toMatchObject({
      Action: 'lambda:InvokeFunction',
      SourceAccount: { Ref: 'AWS::AccountId' },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: functionName,
      Timeout: 5,
      Environment: { Variables: Object.fromEntries(variables.map((name) => [name, Match.anyValue()])) },
    });
  },
);
