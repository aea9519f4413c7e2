import { localArn, LOCAL_ACCOUNT, LOCAL_PARTITION } from '../aws.ts';
import type { CreatedResource, TemplateResource } from './resource-provider.ts';

/**
 * Types that need no action here: nobody is denied anything by IAM, a function's log goes to a file, a key's bytes
 * rest on the disk as they are, and the parts of a service's resource that its own provider reads need no second one.
 */
const PASSIVE_TYPES = new Set([
  'AWS::CDK::Metadata',
  'AWS::CloudFormation::WaitConditionHandle',
  'AWS::IAM::InstanceProfile',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::IAM::RolePolicy',
  'AWS::KMS::Alias',
  'AWS::KMS::Key',
  'AWS::Logs::LogGroup',
  'AWS::Logs::LogStream',
  'AWS::Logs::ResourcePolicy',
  'AWS::S3::BucketPolicy',
]);

export function isPassive(type: string): boolean {
  return PASSIVE_TYPES.has(type);
}

/** Properties that name a resource, by which `Ref` gives it. */
const NAME_PROPERTIES = ['RoleName', 'ManagedPolicyName', 'PolicyName', 'LogGroupName', 'AliasName', 'Name'];

/** Names, and ARNs in the shape that the service gives them, for a resource that nothing runs. */
export function synthesize({ type, stackName, logicalId, properties }: TemplateResource): CreatedResource {
  const named = NAME_PROPERTIES.map((name) => properties[name]).find((name) => typeof name === 'string');
  const ref = named ?? `${stackName}-${logicalId}`;
  return { ref, attributes: { Arn: arnOf(type, ref) } };
}

function arnOf(type: string, name: string): string {
  const [, service = 'local', kind = 'resource'] = type.split('::');
  switch (type) {
    case 'AWS::IAM::Role':
    case 'AWS::IAM::ManagedPolicy':
      // IAM is not regional: its ARNs leave the region out.
      return `arn:${LOCAL_PARTITION}:iam::${LOCAL_ACCOUNT}:${kind === 'Role' ? 'role' : 'policy'}/${name}`;
    case 'AWS::Logs::LogGroup':
      return localArn('logs', `log-group:${name}:*`);
    default:
      return localArn(service.toLowerCase(), `${kind.toLowerCase()}/${name}`);
  }
}
