import type { CreatedResource } from '../../../local/cloudformation/resource-provider.ts';
import type { S3 } from '../../../local/s3/service.ts';

export const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:recorder';

/** Makes a bucket as the template would. */
export function createBucket(
  s3: S3,
  properties: Readonly<Record<string, unknown>>,
  mayInvoke = true,
): Promise<CreatedResource> {
  const provider = s3.providersFor(() => mayInvoke).find(({ type }) => type === 'AWS::S3::Bucket');
  if (!provider) throw new Error('S3 has no provider for buckets');
  return provider.create({
    stackName: 'Cityweave-Twin',
    logicalId: 'Archive12AB34CD',
    type: provider.type,
    properties,
    metadata: {},
    assemblyDirectory: '',
  });
}

/** Tells the function of every new object below `errors/` that ends with `.json`. */
export const NOTIFICATIONS = {
  LambdaConfigurations: [
    {
      Event: 's3:ObjectCreated:*',
      Filter: {
        S3Key: {
          Rules: [
            { Name: 'prefix', Value: 'errors/' },
            { Name: 'suffix', Value: '.json' },
          ],
        },
      },
      Function: FUNCTION_ARN,
    },
  ],
};
