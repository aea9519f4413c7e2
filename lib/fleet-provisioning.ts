import { Aws, Stack, Validations } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPolicy, CfnProvisioningTemplate } from 'aws-cdk-lib/aws-iot';
import { Construct } from 'constructs';
import { CLIENT_PREFIXES } from '../core/schema/names.ts';
import { type PROVISIONING_HOOK_VARIABLES, PROVISIONING_PARAMETERS } from '../lambdas/provisioning-hook/environment.ts';
import type { Environment } from '../lambdas/shared/environment.ts';
import { CityFunction } from './city-function.ts';
import { CityTable } from './city-table.ts';
import type { Deployment } from './deployment.ts';
import { allowIotInvocation } from './iot-invocation.ts';
import { PROJECT } from './names.ts';
import { thingKindName } from './thing-kinds.ts';
import { allow, iotArns, type ThingPolicies } from './thing-policies.ts';

const TEMPLATE_NAME = thingKindName('device');

interface FleetProvisioningProps {
  readonly deployment: Deployment;
  readonly assets: CityTable;
  readonly things: ThingPolicies;
}

/**
 * Devices that leave the factory with a claim certificate get one of their own at their first connection, if the city
 * expects them ("Provisioning by claim" in the AWS IoT Core developer guide).
 */
export class FleetProvisioning extends Construct {
  /** Operators write here which devices may come, by serial number. */
  readonly expected: CityTable;
  readonly claim: CfnPolicy;

  constructor(scope: Construct, id: string, { deployment, assets, things }: FleetProvisioningProps) {
    super(scope, id);
    this.expected = new CityTable(this, 'Expected', {
      deployment,
      name: 'provisioning',
      partitionKey: 'serialNumber',
    });
    const hook = provisioningHook(this, deployment, assets, this.expected);
    const templateArn = Stack.of(this).formatArn({
      service: 'iot',
      resource: 'provisioningtemplate',
      resourceName: TEMPLATE_NAME,
    });
    const template = new CfnProvisioningTemplate(this, 'Template', {
      templateName: TEMPLATE_NAME,
      templateType: 'FLEET_PROVISIONING',
      description: 'A device that the city expects gets a certificate, its thing and its policy',
      enabled: true,
      provisioningRoleArn: provisioningRole(this).roleArn,
      preProvisioningHook: { targetArn: hook.lambda.functionArn, payloadVersion: '2020-04-01' },
      templateBody: JSON.stringify(TEMPLATE_BODY),
    });
    template.addResourceDependency(allowIotInvocation(hook, templateArn));
    template.addResourceDependency(things.policies.device);
    template.addResourceDependency(things.types.device);
    this.claim = claimPolicy(this);
  }
}

function provisioningHook(
  scope: Construct,
  deployment: Deployment,
  assets: CityTable,
  expected: CityTable,
): CityFunction {
  const hook = new CityFunction(scope, 'Hook', {
    deployment,
    name: 'provisioning-hook',
    description: 'Lets a device in that the city expects, as what the city expects it',
    environment: {
      STAGE: deployment.stageName,
      ASSETS_TABLE: assets.tableName,
      PROVISIONING_TABLE: expected.tableName,
    } satisfies Environment<(typeof PROVISIONING_HOOK_VARIABLES)[number]>,
    memoryMiB: 512,
    // AWS IoT Core waits no longer for its answer.
    timeoutS: 5,
  });
  hook.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], expected.tableArn);
  hook.allow(['dynamodb:BatchGetItem'], assets.tableArn);
  return hook;
}

const { serialNumber, thingName, zone, assetType, asset } = PROVISIONING_PARAMETERS;
const CERTIFICATE_ID = 'AWS::IoT::Certificate::Id';

/** Only the serial number comes from the device; the hook gives the others. A thing that exists is never taken over. */
const TEMPLATE_BODY = {
  Parameters: Object.fromEntries(
    [serialNumber, thingName, zone, assetType, asset, CERTIFICATE_ID].map((name) => [name, { Type: 'String' }]),
  ),
  Resources: {
    certificate: {
      Type: 'AWS::IoT::Certificate',
      Properties: { CertificateId: { Ref: CERTIFICATE_ID }, Status: 'Active' },
    },
    policy: { Type: 'AWS::IoT::Policy', Properties: { PolicyName: thingKindName('device') } },
    thing: {
      Type: 'AWS::IoT::Thing',
      OverrideSettings: { AttributePayload: 'FAIL', ThingTypeName: 'FAIL', ThingGroups: 'FAIL' },
      Properties: {
        ThingName: { Ref: thingName },
        ThingTypeName: thingKindName('device'),
        AttributePayload: { zone: { Ref: zone }, assetType: { Ref: assetType }, asset: { Ref: asset } },
      },
    },
  },
};

/**
 * What registering a thing by the template takes. It can make no policy; which one it attaches is the template's to say
 * alone, because AWS IoT Core asks for the right to attach by the certificate and not by the policy.
 */
function provisioningRole(scope: Construct): Role {
  const stack = Stack.of(scope);
  const named = (resource: string, resourceName: string): string =>
    stack.formatArn({ service: 'iot', resource, resourceName });
  const register = new PolicyStatement({
    actions: [
      'iot:AttachPolicy',
      'iot:AttachPrincipalPolicy',
      'iot:AttachThingPrincipal',
      'iot:CreateThing',
      'iot:DescribeCertificate',
      'iot:DescribeThing',
      'iot:DescribeThingType',
      'iot:GetPolicy',
      'iot:ListPrincipalThings',
      'iot:ListThingPrincipals',
      'iot:UpdateCertificate',
    ],
    resources: [
      named('thing', '*'),
      named('cert', '*'),
      named('policy', thingKindName('device')),
      named('thingtype', thingKindName('device')),
    ],
  });
  const list = new PolicyStatement({
    actions: ['iot:ListPolicyPrincipals', 'iot:ListPrincipalPolicies'],
    resources: ['*'],
  });
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('iot.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }),
    inlinePolicies: { register: new PolicyDocument({ statements: [register, list] }) },
  });
  for (const resource of ['thing', 'cert']) {
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iot:<AWS::Region>:<AWS::AccountId>:${resource}/*]`,
      reason: 'Things and certificates that are yet to be made have no names to list.',
    });
  }
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'These two actions know no resource (Service Authorization Reference, "AWS IoT").',
  });
  return role;
}

/** A claim can ask for a certificate and register it by this one template, and nothing else. */
function claimPolicy(scope: Construct): CfnPolicy {
  const stack = Stack.of(scope);
  const topics = ['$aws/certificates/create/*', `$aws/provisioning-templates/${TEMPLATE_NAME}/provision/*`];
  return new CfnPolicy(scope, 'ClaimPolicy', {
    policyName: `${PROJECT}-claim`,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        ...allow('iot:Connect', iotArns(stack, 'client', [`${CLIENT_PREFIXES.claim}*`])),
        ...allow('iot:Publish', iotArns(stack, 'topic', topics)),
        ...allow('iot:Subscribe', iotArns(stack, 'topicfilter', topics)),
        ...allow('iot:Receive', iotArns(stack, 'topic', topics)),
      ],
    },
  });
}
