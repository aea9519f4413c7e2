import type { AwsResponse } from '../gateway/aws-service.ts';
import type { S3Object } from './object-index.ts';
import { Refusal } from './refusal.ts';
import type { S3Request } from './request.ts';

/** API_PutObject.html: `If-None-Match: *` writes only what is not there, `If-Match` only over what is known. */
export function refuseWrite({ headers }: S3Request, existing: S3Object | undefined): Refusal | undefined {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    return new Refusal('NotImplemented', `If-None-Match ${ifNoneMatch}: a write knows only *.`);
  }
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined && existing === undefined) {
    return new Refusal('NoSuchKey', 'The specified key does not exist.');
  }
  const wanted = ifNoneMatch === undefined ? ifMatch === undefined || names(ifMatch, existing) : existing === undefined;
  return wanted ? undefined : preconditionFailed();
}

/** API_GetObject.html: of a pair that names a tag and a time, the tag decides. */
export function refuseRead({ headers }: S3Request, object: S3Object): Refusal | AwsResponse | undefined {
  const modifiedAtS = Math.floor(object.modifiedAtMs / 1000);
  const ifMatch = headers['if-match'];
  const ifUnmodifiedSince = Date.parse(headers['if-unmodified-since'] ?? '') / 1000;
  if (ifMatch === undefined ? modifiedAtS > ifUnmodifiedSince : !names(ifMatch, object)) {
    return preconditionFailed();
  }
  const ifNoneMatch = headers['if-none-match'];
  const ifModifiedSince = Date.parse(headers['if-modified-since'] ?? '') / 1000;
  if (ifNoneMatch === undefined ? modifiedAtS <= ifModifiedSince : names(ifNoneMatch, object)) {
    return { status: 304, headers: { etag: `"${object.etag}"` }, body: '' };
  }
  return undefined;
}

function names(tags: string, object: S3Object | undefined): boolean {
  const wanted = new Set(tags.split(',').map((tag) => tag.trim().replace(/^W\//, '').replaceAll('"', '')));
  return object !== undefined && (wanted.has('*') || wanted.has(object.etag));
}

function preconditionFailed(): Refusal {
  return new Refusal('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold.');
}
