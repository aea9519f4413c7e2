import { createHash } from 'node:crypto';
import { decodeAwsChunked, type DecodedBody, isAwsChunked } from './aws-chunked.ts';
import { algorithmOf, checksum } from './checksum.ts';
import { METADATA_BYTES_MAX } from './limits.ts';
import type { Headers } from './object-index.ts';
import { Refusal } from './refusal.ts';
import type { S3Request } from './request.ts';

export interface Content {
  readonly data: Buffer;
  /** The checksum header that came with it and is right; none where the client sent none. */
  readonly checksums: Headers;
}

const MD5_BYTES = 16;
const SHA256_HEX = /^[\da-f]{64}$/;

/** What a request carries, out of its frames and checked against every digest that came with it. */
export function readContent({ headers, body }: S3Request): Content | Refusal {
  const decoded: DecodedBody | Refusal = isAwsChunked(headers)
    ? decodeAwsChunked(body, headers['x-amz-decoded-content-length'])
    : { data: body, trailers: {} };
  if (decoded instanceof Refusal) return decoded;
  const { data, trailers } = decoded;
  const wrong = checkMd5(headers['content-md5'], data) ?? checkSha256(headers['x-amz-content-sha256'], data);
  if (wrong) return wrong;
  const checksums = checkChecksums({ ...headers, ...trailers }, data);
  return checksums instanceof Refusal ? checksums : { data, checksums };
}

function checkMd5(header: string | undefined, data: Buffer): Refusal | undefined {
  if (header === undefined) return undefined;
  const digest = Buffer.from(header, 'base64');
  if (digest.length !== MD5_BYTES) return new Refusal('InvalidDigest', 'The Content-MD5 you specified was invalid.');
  return createHash('md5').update(data).digest().equals(digest)
    ? undefined
    : new Refusal('BadDigest', 'The Content-MD5 you specified did not match what we received.');
}

/** Other values of the header, such as `UNSIGNED-PAYLOAD`, say nothing about the bytes. */
function checkSha256(header: string | undefined, data: Buffer): Refusal | undefined {
  if (header === undefined || !SHA256_HEX.test(header)) return undefined;
  return createHash('sha256').update(data).digest('hex') === header
    ? undefined
    : new Refusal('XAmzContentSHA256Mismatch', "The provided 'x-amz-content-sha256' header does not match the body.");
}

function checkChecksums(headers: Headers, data: Buffer): Headers | Refusal {
  const sent = Object.entries(headers).flatMap(([name, value]) => {
    const algorithm = algorithmOf(name);
    return algorithm === undefined ? [] : [{ name, value, algorithm }];
  });
  if (sent.length > 1) {
    return new Refusal(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  for (const { name, value, algorithm } of sent) {
    const right = checksum(algorithm, data);
    if (Buffer.from(value, 'base64').length !== Buffer.from(right, 'base64').length) {
      return new Refusal('InvalidRequest', `Value for ${name} header is invalid.`);
    }
    if (value !== right) {
      const what = algorithm.toUpperCase();
      return new Refusal('BadDigest', `The ${what} you specified did not match the calculated checksum.`);
    }
  }
  return Object.fromEntries(sent.map(({ name, value }) => [name, value]));
}

const KEPT_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];
const METADATA_PREFIX = 'x-amz-meta-';
const DEFAULT_CONTENT_TYPE = 'binary/octet-stream';

/** The headers of a put that a get gives back. */
export function readObjectHeaders({ headers }: S3Request): Headers | Refusal {
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith(METADATA_PREFIX));
  const metadataBytes = metadata.reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) - METADATA_PREFIX.length + Buffer.byteLength(value),
    0,
  );
  if (metadataBytes > METADATA_BYTES_MAX) {
    return new Refusal('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size.');
  }
  const kept = KEPT_HEADERS.flatMap((name) => {
    const value = name === 'content-encoding' ? withoutFrames(headers[name]) : headers[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { 'content-type': DEFAULT_CONTENT_TYPE, ...Object.fromEntries([...kept, ...metadata]) };
}

/** `aws-chunked` speaks of the request, what stands beside it of the object. */
function withoutFrames(contentEncoding: string | undefined): string | undefined {
  const codings = contentEncoding?.split(',').map((coding) => coding.trim());
  return codings?.filter((coding) => coding !== 'aws-chunked').join(',') || undefined;
}
