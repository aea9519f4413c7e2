/**
 * Requests by a presigned URL (docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html). They alone are
 * checked: who has such a URL is not who signed it, and may do what was signed and nothing else.
 */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { LOCAL_ACCESS_KEY_ID, LOCAL_SECRET_ACCESS_KEY } from '../aws.ts';
import type { AwsRequest } from '../gateway/aws-service.ts';
import { Refusal } from './refusal.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const EXPIRES_S_MAX = 7 * 24 * 60 * 60;

/**
 * Why a presigned request is not done: out of its time, with headers that nobody signed, or not what was signed. Undefined
 * for all others. A signature by a key whose secret the local cloud does not know is taken as it is.
 */
export function refusePresigned(request: AwsRequest, nowMs: number): Refusal | undefined {
  const query = new URLSearchParams(request.url.split('?')[1] ?? '');
  if (query.get('X-Amz-Algorithm') !== ALGORITHM) return undefined;
  const [keyId = '', ...scope] = (query.get('X-Amz-Credential') ?? '').split('/');
  const [signedAt = '', signed = ''] = ['X-Amz-Date', 'X-Amz-SignedHeaders'].map((name) => query.get(name) ?? '');
  const expiresS = Number(query.get('X-Amz-Expires'));
  const signedAtMs = Date.parse(signedAt.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(signedAtMs) || !(expiresS >= 1 && expiresS <= EXPIRES_S_MAX)) {
    return new Refusal('AuthorizationQueryParametersError', 'X-Amz-Date or X-Amz-Expires is not as it must be.');
  }
  if (nowMs > signedAtMs + expiresS * 1000) return new Refusal('AccessDenied', 'Request has expired');
  const signedHeaders = signed.split(';');
  const unsigned = Object.keys(request.headers).filter(
    (name) => name.startsWith('x-amz-') && !signedHeaders.includes(name),
  );
  if (unsigned.length > 0) {
    const message = `There were headers present in the request which were not signed: ${unsigned.join(', ')}`;
    return new Refusal('AccessDenied', message);
  }
  if (keyId !== LOCAL_ACCESS_KEY_ID) return undefined;
  const text = [ALGORITHM, signedAt, scope.join('/'), sha256(canonicalRequest(request, signedHeaders))].join('\n');
  return isEqual(hmac(signingKey(scope), text).toString('hex'), query.get('X-Amz-Signature') ?? '')
    ? undefined
    : new Refusal(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      );
}

/** Method, path, query, headers and payload, as "Create a canonical request" of the same guide writes them. */
function canonicalRequest({ method, url, headers }: AwsRequest, signedHeaders: readonly string[]): string {
  const [path = '', query = ''] = url.split('?');
  const parameters = [...new URLSearchParams(query)]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort();
  return [
    method,
    path
      .split('/')
      .map((segment) => encode(decodeURIComponent(segment)))
      .join('/'),
    parameters.join('&'),
    ...signedHeaders.map((name) => `${name}:${(headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    'UNSIGNED-PAYLOAD',
  ].join('\n');
}

/** RFC 3986: all but the unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function signingKey(scope: readonly string[]): Buffer {
  let key: Buffer = Buffer.from(`AWS4${LOCAL_SECRET_ACCESS_KEY}`);
  for (const part of scope) key = hmac(key, part);
  return key;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function isEqual(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
