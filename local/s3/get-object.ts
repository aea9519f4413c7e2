import type { AwsResponse } from '../gateway/aws-service.ts';
import { CHECKSUM_HEADER_PREFIX } from './checksum.ts';
import { refuseRead } from './conditions.ts';
import type { Headers, S3Object } from './object-index.ts';
import type { ObjectStore } from './object-store.ts';
import { type Operation, quoted } from './operation.ts';
import { Refusal } from './refusal.ts';
import type { S3Request } from './request.ts';

interface Range {
  readonly start: number;
  readonly length: number;
}

/** docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export const getObject: Operation = async (store, request) => {
  const found = locate(store, request);
  if (!('object' in found)) return found;
  const { object, range } = found;
  const { start, length } = range ?? { start: 0, length: object.bytes };
  return { ...describe(found, request), body: await store.blobs.read(object.blob, start, length) };
};

/** What GetObject answers, without the bytes. */
export const headObject: Operation = (store, request) => {
  const found = locate(store, request);
  return 'object' in found ? describe(found, request) : found;
};

interface Found {
  readonly object: S3Object;
  /** Undefined where all of it is wanted. */
  readonly range: Range | undefined;
}

function locate({ index }: ObjectStore, request: S3Request): Found | AwsResponse | Refusal {
  const object = index.object(request.bucket, request.key);
  if (object === undefined) return new Refusal('NoSuchKey', 'The specified key does not exist.');
  const refused = refuseRead(request, object);
  if (refused) return refused;
  const range = readRange(request.headers.range, object.bytes);
  return range instanceof Refusal ? range : { object, range };
}

/**
 * One range of RFC 9110, 14.1.2; what is no range is passed over, and so are several, which S3 does not do
 * (API_GetObject.html, "Range").
 */
function readRange(header: string | undefined, bytes: number): Range | undefined | Refusal {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? bytes : Math.min(Number(last) + 1, bytes);
  if (first !== '' && last !== '' && Number(last) < start) return undefined;
  return start < bytes && start < end
    ? { start, length: end - start }
    : new Refusal('InvalidRange', 'The requested range is not satisfiable');
}

function describe({ object, range }: Found, { headers: requestHeaders }: S3Request): AwsResponse {
  const wantsChecksum = requestHeaders['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' && range === undefined;
  const headers: Headers = {
    ...Object.fromEntries(
      Object.entries(object.headers).filter(([name]) => wantsChecksum || !name.startsWith(CHECKSUM_HEADER_PREFIX)),
    ),
    'accept-ranges': 'bytes',
    'content-length': String(range?.length ?? object.bytes),
    etag: quoted(object.etag),
    'last-modified': new Date(object.modifiedAtMs).toUTCString(),
  };
  if (range === undefined) return { status: 200, headers, body: '' };
  const contentRange = `bytes ${range.start}-${range.start + range.length - 1}/${object.bytes}`;
  return { status: 206, headers: { ...headers, 'content-range': contentRange }, body: '' };
}
