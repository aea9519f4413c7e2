import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './buckets.ts';
import { copyObject } from './copy-object.ts';
import { deleteObject, deleteObjects } from './delete-objects.ts';
import { getObject, headObject } from './get-object.ts';
import { listObjectsV2 } from './list-objects.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  uploadPart,
} from './multipart-upload.ts';
import type { Operation } from './operation.ts';
import { putObject } from './put-object.ts';
import type { S3Request } from './request.ts';

type Table = Readonly<Record<string, Operation>>;

/**
 * S3 names its operations by method and by the parameters that choose one; the key here is both. Any of the parameters
 * below that an entry does not name would make another operation of it.
 */
const CHOOSING_PARAMETERS = [
  'accelerate',
  'acl',
  'analytics',
  'cors',
  'delete',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'list-type',
  'location',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'partNumber',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
  'website',
];

const SERVICE_OPERATIONS: Table = { GET: listBuckets };

const BUCKET_OPERATIONS: Table = {
  PUT: createBucket,
  HEAD: headBucket,
  DELETE: deleteBucket,
  'GET location': getBucketLocation,
  'GET list-type': listObjectsV2,
  'POST delete': deleteObjects,
};

const OBJECT_OPERATIONS: Table = {
  PUT: putObject,
  'PUT copy': copyObject,
  GET: getObject,
  HEAD: headObject,
  DELETE: deleteObject,
  'POST uploads': createMultipartUpload,
  'PUT partNumber uploadId': uploadPart,
  'POST uploadId': completeMultipartUpload,
  'DELETE uploadId': abortMultipartUpload,
};

/** What a request asks for, in the words of the tables above, and the operation if there is one. */
export function findOperation(request: S3Request): {
  readonly asked: string;
  readonly operation: Operation | undefined;
} {
  const { method, bucket, key, query, headers } = request;
  const chosen = CHOOSING_PARAMETERS.filter((parameter) => query.has(parameter));
  const asked = [method, ...('x-amz-copy-source' in headers ? ['copy'] : []), ...chosen].join(' ');
  const table = bucket === '' ? SERVICE_OPERATIONS : key === '' ? BUCKET_OPERATIONS : OBJECT_OPERATIONS;
  return { asked, operation: Object.hasOwn(table, asked) ? table[asked] : undefined };
}
