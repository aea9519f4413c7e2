import { LOCAL_ACCOUNT, LOCAL_REGION } from '../aws.ts';
import { type Operation, emptyResponse, xmlResponse } from './operation.ts';
import { Refusal } from './refusal.ts';

/** docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, without the reserved affixes. */
const BUCKET_NAME = /^(?!\d{1,3}(?:\.\d{1,3}){3}$)[a-z\d](?:[a-z\d-]|\.(?!\.)){1,61}[a-z\d]$/;

export function refuseBucketName(name: string): Refusal | undefined {
  return BUCKET_NAME.test(name)
    ? undefined
    : new Refusal('InvalidBucketName', `The specified bucket is not valid: ${name || '(none)'}`);
}

export const createBucket: Operation = ({ index, nowMs }, { bucket }) => {
  const refused = refuseBucketName(bucket);
  if (refused) return refused;
  // us-east-1 alone answers the second creation as it did the first.
  if (!index.hasBucket(bucket)) index.addBucket(bucket, nowMs());
  return emptyResponse(200, { location: `/${bucket}` });
};

export const deleteBucket: Operation = ({ index }, { bucket }) => {
  if (!index.isEmpty(bucket)) {
    return new Refusal('BucketNotEmpty', 'The bucket you tried to delete is not empty');
  }
  index.removeBucket(bucket);
  return emptyResponse(204);
};

export const headBucket: Operation = () => emptyResponse(200, { 'x-amz-bucket-region': LOCAL_REGION });

/** An empty constraint is us-east-1 (API_GetBucketLocation.html). */
export const getBucketLocation: Operation = () => xmlResponse('LocationConstraint', {});

export const listBuckets: Operation = ({ index }) =>
  xmlResponse('ListAllMyBucketsResult', {
    Buckets: {
      Bucket: index
        .buckets()
        .map(({ name, createdAtMs }) => ({ Name: name, CreationDate: new Date(createdAtMs).toISOString() })),
    },
    Owner: { ID: LOCAL_ACCOUNT },
  });
