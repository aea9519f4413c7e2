import type { AwsResponse } from '../gateway/aws-service.ts';
import type { Headers } from './object-index.ts';
import type { ObjectStore } from './object-store.ts';
import type { Refusal } from './refusal.ts';
import type { S3Request } from './request.ts';
import { writeXml, type XmlMembers } from './xml.ts';

/** One operation of the API. Throws when the disk does. */
export type Operation = (
  store: ObjectStore,
  request: S3Request,
) => AwsResponse | Refusal | Promise<AwsResponse | Refusal>;

export function xmlResponse(root: string, members: XmlMembers): AwsResponse {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: writeXml(root, members) };
}

export function emptyResponse(status: 200 | 204, headers: Headers = {}): AwsResponse {
  return { status, headers, body: '' };
}

export function quoted(etag: string): string {
  return `"${etag}"`;
}
