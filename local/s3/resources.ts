import { LOCAL_PARTITION, LOCAL_REGION } from '../aws.ts';
import type { ResourceProvider, TemplateResource } from '../cloudformation/resource-provider.ts';
import { refuseUnknown } from '../cloudformation/properties.ts';
import { refuseBucketName } from './buckets.ts';
import { readSubscriptions } from './notifications.ts';
import type { ObjectStore } from './object-store.ts';

/** docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME_LENGTH_MAX = 63;

/**
 * Who may do what, how it is encrypted and when it expires does not show in an answer on one machine: nothing is denied
 * here, the disk holds the bytes as they are, and nothing expires. A bucket keeps one version of each object, whatever
 * `VersioningConfiguration` says.
 */
const ACCEPTED = [
  'BucketEncryption',
  'BucketName',
  'LifecycleConfiguration',
  'LoggingConfiguration',
  'NotificationConfiguration',
  'OwnershipControls',
  'PublicAccessBlockConfiguration',
  'Tags',
  'VersioningConfiguration',
];

export type MayInvoke = (functionArn: string, principal: string, sourceArn: string) => boolean;

/** Buckets of the template. One that an earlier run left is taken up with its objects. */
export function bucketProvider(store: ObjectStore, mayInvoke: MayInvoke): ResourceProvider {
  return {
    type: 'AWS::S3::Bucket',
    async create(resource) {
      const where = `bucket ${resource.logicalId}`;
      refuseUnknown(where, resource.properties, ACCEPTED);
      const name = nameOf(resource);
      const refused = refuseBucketName(name);
      if (refused) throw new Error(`${where}: ${refused.message}`);
      const subscriptions = readSubscriptions(where, resource.properties.NotificationConfiguration);
      const arn = `arn:${LOCAL_PARTITION}:s3:::${name}`;
      const forbidden = subscriptions.find(({ functionArn }) => !mayInvoke(functionArn, 's3.amazonaws.com', arn));
      if (forbidden) {
        throw new Error(
          `${where}: Unable to validate the following destination configurations: ${forbidden.functionArn}; give it an ` +
            'AWS::Lambda::Permission for s3.amazonaws.com that the bucket depends on',
        );
      }
      if (!store.index.hasBucket(name)) store.index.addBucket(name, store.nowMs());
      store.subscribe(name, subscriptions);
      return {
        ref: name,
        attributes: {
          Arn: arn,
          DomainName: `${name}.s3.amazonaws.com`,
          DualStackDomainName: `${name}.s3.dualstack.${LOCAL_REGION}.amazonaws.com`,
          RegionalDomainName: `${name}.s3.${LOCAL_REGION}.amazonaws.com`,
        },
      };
    },
  };
}

/** Without a name a bucket is called after its place in the template, so that the next start finds it again. */
function nameOf({ stackName, logicalId, properties }: TemplateResource): string {
  if (typeof properties.BucketName === 'string') return properties.BucketName;
  const generated = `${stackName}-${logicalId}`.toLowerCase().replaceAll(/[^a-z\d-]/g, '-');
  return generated.slice(0, BUCKET_NAME_LENGTH_MAX).replace(/-+$/, '');
}
