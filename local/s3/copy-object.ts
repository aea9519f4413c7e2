import { readObjectHeaders } from './content.ts';
import { type Operation, quoted, xmlResponse } from './operation.ts';
import { Refusal } from './refusal.ts';

/** docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export const copyObject: Operation = async (store, request) => {
  const { bucket, key, headers } = request;
  const source = readSource(headers['x-amz-copy-source'] ?? '');
  if (source instanceof Refusal) return source;
  const original = store.index.object(source.bucket, source.key);
  if (original === undefined) return new Refusal('NoSuchKey', 'The specified key does not exist.');
  const replaces = headers['x-amz-metadata-directive'] === 'REPLACE';
  const objectHeaders = replaces ? readObjectHeaders(request) : original.headers;
  if (objectHeaders instanceof Refusal) return objectHeaders;
  const copy = await store.blobs.write(await store.blobs.read(original.blob, 0, original.bytes));
  const copied = store.commit(bucket, { key, headers: objectHeaders, event: 'ObjectCreated:Copy' }, copy);
  if (copied instanceof Refusal) return copied;
  const LastModified = new Date(copied.modifiedAtMs).toISOString();
  return xmlResponse('CopyObjectResult', { LastModified, ETag: quoted(copied.etag) });
};

function readSource(header: string): { readonly bucket: string; readonly key: string } | Refusal {
  const [, bucket, encodedKey] = /^\/?([^/?]+)\/([^?]+)$/.exec(header) ?? [];
  try {
    if (bucket !== undefined && encodedKey !== undefined) return { bucket, key: decodeURIComponent(encodedKey) };
  } catch {
    // Falls through to the refusal.
  }
  return new Refusal('InvalidArgument', `x-amz-copy-source is ${header}; expected bucket/key, percent-encoded`);
}
