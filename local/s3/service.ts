import { randomBytes } from 'node:crypto';
import type { ResourceProvider } from '../cloudformation/resource-provider.ts';
import type { AwsRequest, AwsResponse, AwsService } from '../gateway/aws-service.ts';
import { createDelivery, type InvokeAsync } from './delivery.ts';
import type { Headers } from './object-index.ts';
import { noSuchBucket, openObjectStore, type ObjectStore } from './object-store.ts';
import { BODY_BYTES_MAX } from './limits.ts';
import { findOperation } from './operations.ts';
import { createBucket } from './buckets.ts';
import { refusePresigned } from './presigned.ts';
import { Refusal } from './refusal.ts';
import { readRequest, type S3Request } from './request.ts';
import { bucketProvider, type MayInvoke } from './resources.ts';
import { writeErrorXml } from './xml.ts';

export interface S3Options {
  /** Where buckets are kept; created where it is missing. */
  readonly directory: string;
  readonly log: (line: string) => void;
  readonly nowMs?: () => number;
}

/** Amazon S3: the REST API, and the same without HTTP for the other services of the local cloud. */
export interface S3 {
  readonly service: AwsService;
  /** `mayInvoke`: whether a service, here `s3.amazonaws.com`, may invoke the function for the resource with that ARN. */
  providersFor(mayInvoke: MayInvoke): readonly ResourceProvider[];
  /**
   * Writes an object; resolves once it survives the death of this process. `headers` are those of PutObject, in lower
   * case, such as `content-type`. Rejects when the bucket is missing, the key too long or the disk full.
   */
  putObject(bucket: string, key: string, data: Buffer | string, headers?: Headers): Promise<void>;
  /** From now on functions are told of what they subscribed to, first of what an earlier run could not tell them. */
  startDelivering(invokeAsync: InvokeAsync): void;
  close(): Promise<void>;
}

/** Takes up the buckets in the directory. Rejects when it cannot be read or written. */
export async function createS3(options: S3Options): Promise<S3> {
  const { directory, log, nowMs = Date.now } = options;
  const store = await openObjectStore({ directory, nowMs, onNotification: () => delivery.wake() });
  const delivery = createDelivery(store.index, log);
  return {
    service: {
      signingName: 's3',
      bodyBytesMax: BODY_BYTES_MAX,
      handle: (request) => answer(store, request, log),
      bodyTooLarge: () => {
        const message = `A body has at most ${BODY_BYTES_MAX} bytes in the local cloud; upload what is larger in parts`;
        return refuse(new Refusal('EntityTooLarge', message), undefined);
      },
    },
    providersFor: (mayInvoke) => [bucketProvider(store, mayInvoke)],
    async putObject(bucket, key, data, headers = {}) {
      const body = Buffer.from(data);
      const request: S3Request = { method: 'PUT', bucket, key, query: new URLSearchParams(), headers, body };
      const outcome = await perform(store, request);
      if (outcome instanceof Refusal) {
        throw new Error(`S3: ${outcome.code}: ${outcome.message} (${bucket}/${key})`, { cause: outcome });
      }
    },
    startDelivering: (invokeAsync) => delivery.start(invokeAsync),
    async close() {
      await delivery.close();
      await store.close();
    },
  };
}

async function answer(store: ObjectStore, request: AwsRequest, log: (line: string) => void): Promise<AwsResponse> {
  const read = readRequest(request);
  if (read instanceof Refusal) return refuse(read, undefined);
  const forbidden = refusePresigned(request, store.nowMs());
  if (forbidden) return refuse(forbidden, read);
  try {
    const outcome = await perform(store, read);
    if (outcome instanceof Refusal) return refuse(outcome, read);
    return { ...outcome, headers: { ...outcome.headers, ...requestIds() } };
  } catch (error) {
    log(`S3: ${request.method} ${request.url} failed: ${error instanceof Error ? error.stack : String(error)}`);
    return refuse(new Refusal('InternalError', String(error)), read);
  }
}

async function perform(store: ObjectStore, request: S3Request): Promise<AwsResponse | Refusal> {
  const { asked, operation } = findOperation(request);
  if (operation === undefined) {
    return new Refusal(
      'NotImplemented',
      `The local cloud's S3 does not do ${asked} /${request.bucket}/${request.key}.`,
    );
  }
  const { bucket } = request;
  const needsBucket = bucket !== '' && operation !== createBucket;
  return needsBucket && !store.index.hasBucket(bucket) ? noSuchBucket(bucket) : operation(store, request);
}

/** What answers HEAD has no body; the status says it all. */
function refuse({ code, message, status }: Refusal, request: S3Request | undefined): AwsResponse {
  const ids = requestIds();
  const headers = { 'content-type': 'application/xml', ...ids };
  if (request?.method === 'HEAD') return { status, headers, body: '' };
  const body = writeErrorXml({
    Code: code,
    Message: message,
    BucketName: request?.bucket || undefined,
    Key: request?.key || undefined,
    RequestId: ids['x-amz-request-id'],
  });
  return { status, headers, body };
}

function requestIds(): { readonly 'x-amz-request-id': string } {
  return { 'x-amz-request-id': randomBytes(8).toString('hex').toUpperCase() };
}
