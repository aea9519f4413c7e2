import { expect, it, onTestFinished } from 'vitest';
import { createS3, type S3 } from '../../../local/s3/service.ts';
import { temporaryDirectory } from '../kinesis/temporary-directory.ts';
import { createBucket, FUNCTION_ARN, NOTIFICATIONS } from './bucket-for-test.ts';

async function open(): Promise<S3> {
  const s3 = await createS3({
    directory: await temporaryDirectory(),
    log: console.error,
  });
  onTestFinished(() => s3.close());
  return s3;
}

it('a bucket is named by the template, or after its place in it', async () => {
  const s3 = await open();
  expect(await createBucket(s3, { BucketName: 'named' })).toMatchObject({
    ref: 'named',
    attributes: { Arn: 'arn:aws:s3:::named', RegionalDomainName: 'named.s3.us-east-1.amazonaws.com' },
  });
  const { ref } = await createBucket(s3, {});
  expect(ref).toBe('cityweave-twin-archive12ab34cd');
  await s3.putObject(ref, 'kept', Buffer.from('kept'));
  expect(await createBucket(s3, {})).toMatchObject({ ref });
});

it('takes what shows in no answer, and refuses by name what it does not do', async () => {
  const s3 = await open();
  await createBucket(s3, {
    BucketEncryption: { ServerSideEncryptionConfiguration: [] },
    LifecycleConfiguration: { Rules: [] },
    OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    PublicAccessBlockConfiguration: { BlockPublicAcls: true },
    VersioningConfiguration: { Status: 'Enabled' },
  });
  await expect(createBucket(s3, { ReplicationConfiguration: {} })).rejects.toThrow('ReplicationConfiguration');
  await expect(createBucket(s3, { BucketName: 'Capital' })).rejects.toThrow('Capital');
  const NotificationConfiguration = { QueueConfigurations: [] };
  await expect(createBucket(s3, { NotificationConfiguration })).rejects.toThrow('QueueConfigurations');
  const LambdaConfigurations = [{ Event: 's3:Replication:*', Function: FUNCTION_ARN }];
  const wrongEvent = { NotificationConfiguration: { LambdaConfigurations } };
  await expect(createBucket(s3, wrongEvent)).rejects.toThrow('s3:Replication:*');
});

it('refuses to tell a function that it may not invoke, as S3 does', async () => {
  const s3 = await open();
  await createBucket(s3, {}, false);
  await expect(createBucket(s3, { NotificationConfiguration: NOTIFICATIONS }, false)).rejects.toThrow(
    'AWS::Lambda::Permission',
  );
});
