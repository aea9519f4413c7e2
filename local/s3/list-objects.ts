import { LISTED_KEYS_MAX } from './limits.ts';
import type { ObjectIndex, S3Object } from './object-index.ts';
import type { ObjectStore } from './object-store.ts';
import { type Operation, quoted, xmlResponse } from './operation.ts';
import { Refusal } from './refusal.ts';

interface Page {
  readonly objects: readonly S3Object[];
  readonly commonPrefixes: readonly string[];
  /** Where the next page begins; undefined behind the last one. */
  readonly next: Buffer | undefined;
}

interface Listing {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly from: Buffer;
  readonly countMax: number;
}

/** docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html: keys in the order of their bytes in UTF-8. */
export const listObjectsV2: Operation = (store, { bucket, query }) => {
  const countMax = readCountMax(query.get('max-keys'));
  if (countMax instanceof Refusal) return countMax;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const from = token === null ? behind(startAfter) : Buffer.from(token, 'base64url');
  if (token !== null && from.toString('base64url') !== token) {
    return new Refusal('InvalidArgument', 'The continuation token provided is incorrect');
  }
  const { objects, commonPrefixes, next } = list(store, { bucket, prefix, delimiter, from, countMax });

  const isUrlEncoded = query.get('encoding-type') === 'url';
  const encoded = (text: string): string => (isUrlEncoded ? encodeURIComponent(text).replaceAll('%2F', '/') : text);
  return xmlResponse('ListBucketResult', {
    Name: bucket,
    Prefix: encoded(prefix),
    Delimiter: delimiter === '' ? undefined : encoded(delimiter),
    MaxKeys: countMax,
    EncodingType: isUrlEncoded ? 'url' : undefined,
    KeyCount: objects.length + commonPrefixes.length,
    IsTruncated: next !== undefined,
    ContinuationToken: token ?? undefined,
    NextContinuationToken: next?.toString('base64url'),
    StartAfter: startAfter === null ? undefined : encoded(startAfter),
    Contents: objects.map(({ key, modifiedAtMs, etag, bytes }) => ({
      Key: encoded(key),
      LastModified: new Date(modifiedAtMs).toISOString(),
      ETag: quoted(etag),
      Size: bytes,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: commonPrefixes.map((each) => ({ Prefix: encoded(each) })),
  });
};

function readCountMax(text: string | null): number | Refusal {
  if (text === null) return LISTED_KEYS_MAX;
  return /^\d{1,9}$/.test(text)
    ? Math.min(Number(text), LISTED_KEYS_MAX)
    : new Refusal('InvalidArgument', `max-keys is ${text}; expected a number`);
}

function list({ index }: ObjectStore, listing: Listing): Page {
  const objects: S3Object[] = [];
  const commonPrefixes: string[] = [];
  if (listing.countMax === 0) return { objects, commonPrefixes, next: undefined };
  for (const entry of entries(index, listing)) {
    if (objects.length + commonPrefixes.length === listing.countMax) {
      const next = typeof entry === 'string' ? entry : entry.key;
      return { objects, commonPrefixes, next: Buffer.from(next) };
    }
    if (typeof entry === 'string') commonPrefixes.push(entry);
    else objects.push(entry);
  }
  return { objects, commonPrefixes, next: undefined };
}

/** Objects, and for keys with the delimiter behind the prefix what they have in common, once. */
function* entries(index: ObjectIndex, { bucket, prefix, delimiter, from }: Listing): Generator<S3Object | string> {
  let place = Buffer.compare(from, Buffer.from(prefix)) < 0 ? Buffer.from(prefix) : from;
  for (;;) {
    let common: string | undefined;
    for (const object of index.objectsFrom(bucket, place)) {
      if (!object.key.startsWith(prefix)) return;
      common = commonPrefixOf(object.key, prefix, delimiter);
      if (common !== undefined) break;
      yield object;
    }
    if (common === undefined) return;
    yield common;
    place = behindAllOf(common);
  }
}

function commonPrefixOf(key: string, prefix: string, delimiter: string): string | undefined {
  const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

/** The smallest bytes behind the key itself. */
function behind(key: string | null): Buffer {
  return key === null ? Buffer.alloc(0) : Buffer.concat([Buffer.from(key), Buffer.of(0)]);
}

/** The smallest bytes behind everything that begins like this; no byte of UTF-8 is 255, so the last one can grow. */
function behindAllOf(prefix: string): Buffer {
  const bytes = Buffer.from(prefix);
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) + 1;
  return bytes;
}
