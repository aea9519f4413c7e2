import type { Stack } from 'aws-cdk-lib';
import { allow, iotArns } from './thing-policies.ts';

const THING_NAME = '${iot:Connection.Thing.ThingName}';

/** Below `$aws/things/{its name}/`: how it does, the jobs that deployments are, and the state that one thing's are. */
const TOPICS = ['greengrass/health/json', 'greengrassv2/health/json', 'jobs/*', 'shadow/*'];
const FILTERS = ['jobs/*', 'shadow/*'];

/** They know no resource that could be named: what is deployed to whom, Greengrass itself decides. */
const GREENGRASS_ACTIONS = [
  'greengrass:GetComponentVersionArtifact',
  'greengrass:GetDeploymentConfiguration',
  'greengrass:ListThingGroupsForCoreDevice',
  'greengrass:ResolveComponentCandidates',
];

/**
 * What a Greengrass nucleus needs ("Minimal AWS IoT policy for AWS IoT Greengrass V2 core devices"), under the thing's own
 * name instead of the wildcard that the guide has. The classic nucleus opens further connections as `{name}#2` and so on,
 * for which these variables have a value only where the certificate belongs to the one thing exclusively
 * ("Associating an AWS IoT thing to an MQTT client connection").
 */
export function corePolicyDocument(stack: Stack, roleAliasArn: string): object {
  const ofTheThing = (name: string): string => `$aws/things/${THING_NAME}/${name}`;
  const topics = iotArns(stack, 'topic', TOPICS.map(ofTheThing));
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'iot:Connect',
        Resource: iotArns(stack, 'client', [THING_NAME, `${THING_NAME}#*`]),
        Condition: { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } },
      },
      { Effect: 'Allow', Action: ['iot:Publish', 'iot:Receive'], Resource: topics },
      ...allow('iot:Subscribe', iotArns(stack, 'topicfilter', FILTERS.map(ofTheThing))),
      ...allow('iot:AssumeRoleWithCertificate', [roleAliasArn]),
      { Effect: 'Allow', Action: GREENGRASS_ACTIONS, Resource: '*' },
    ],
  };
}
