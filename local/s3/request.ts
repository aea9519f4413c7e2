import type { AwsRequest } from '../gateway/aws-service.ts';
import { Refusal } from './refusal.ts';

export interface S3Request {
  readonly method: string;
  /** Empty where the request is about no bucket. */
  readonly bucket: string;
  /** Empty where the request is about no object. */
  readonly key: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** SDKs put the bucket before an endpoint's host name, `bucket.localhost`, and before an IP address never. */
const VIRTUAL_HOST = /^([a-z\d][a-z\d.-]+)\.localhost(?::\d+)?$/i;

/** Splits by hand: what parses URLs by the book would take `..` out of a key. */
export function readRequest({ method, url, headers, body }: AwsRequest): S3Request | Refusal {
  const question = url.indexOf('?');
  const rawPath = question < 0 ? url : url.slice(0, question);
  const decoded = decodePath(rawPath.replace(/^\//, ''));
  if (decoded === undefined) return new Refusal('InvalidURI', `Couldn't parse the specified URI ${rawPath}.`);
  const { bucket, key } = locate(decoded, VIRTUAL_HOST.exec(headers.host ?? '')?.[1]);
  const query = new URLSearchParams(question < 0 ? '' : url.slice(question + 1));
  return { method, bucket, key, query, headers, body };
}

function locate(path: string, virtualHostBucket: string | undefined): { bucket: string; key: string } {
  if (virtualHostBucket !== undefined) return { bucket: virtualHostBucket, key: path };
  const slash = path.indexOf('/');
  return slash < 0 ? { bucket: path, key: '' } : { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
