/** Presigned URLs, signed by the AWS SDK; what S3 answers is from "Authenticating Requests: Using Query Parameters". */
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { beforeAll, describe, expect, it } from 'vitest';
import { REGION, serveS3 } from './serve-s3.ts';

const Bucket = 'contract-presigned';
const { client, url } = await serveS3();
/** The key of the local cloud's functions, whose signatures it checks. */
const signer = new S3Client({
  endpoint: url,
  region: REGION,
  forcePathStyle: true,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local', sessionToken: 'local' },
  requestChecksumCalculation: 'WHEN_REQUIRED',
});

beforeAll(async () => {
  await client.send(new CreateBucketCommand({ Bucket }));
});

interface Signing {
  readonly signedAtMs?: number;
  readonly by?: S3Client;
}

function presignPut(Key: string, { signedAtMs = Date.now(), by = signer }: Signing = {}): Promise<string> {
  return getSignedUrl(by, new PutObjectCommand({ Bucket, Key, ContentType: 'text/plain' }), {
    expiresIn: 60,
    signingDate: new Date(signedAtMs),
    signableHeaders: new Set(['host', 'content-type']),
  });
}

async function send(to: string, init: RequestInit) {
  const answer = await fetch(to, init);
  const text = await answer.text();
  return { status: answer.status, code: /<Code>(\w+)<\/Code>/.exec(text)?.[1], text };
}

const upload = { method: 'PUT', headers: { 'content-type': 'text/plain' }, body: 'here' };

describe('a presigned URL', () => {
  it.each(['plain', 'a b/ü+&=?.txt', "it's (a) *key*!"])('puts and gets %s', async (key) => {
    expect(await send(await presignPut(key), upload)).toMatchObject({ status: 200 });
    const get = await getSignedUrl(signer, new GetObjectCommand({ Bucket, Key: key }), { expiresIn: 60 });
    expect(await send(get, {})).toMatchObject({ status: 200, text: 'here' });
  });

  it('does what was signed, and nothing else', async () => {
    const signed = await presignPut('one');
    const refused = { status: 403, code: 'SignatureDoesNotMatch' };
    expect(await send(signed.replace('/one?', '/two?'), upload)).toMatchObject(refused);
    expect(await send(signed, { ...upload, method: 'DELETE', body: null })).toMatchObject(refused);
    expect(await send(signed, { ...upload, headers: { 'content-type': 'text/html' } })).toMatchObject(refused);
    expect(await send(signed.replace('X-Amz-Expires=60', 'X-Amz-Expires=600'), upload)).toMatchObject(refused);
    const more = { ...upload, headers: { ...upload.headers, 'x-amz-meta-a': 'b' } };
    expect(await send(signed, more)).toMatchObject({ status: 403, code: 'AccessDenied' });
  });

  it('ends when it says', async () => {
    const nowMs = Date.now();
    expect(await send(await presignPut('late', { signedAtMs: nowMs - 30_000 }), upload)).toMatchObject({ status: 200 });
    expect(await send(await presignPut('late', { signedAtMs: nowMs - 62_000 }), upload)).toMatchObject({
      status: 403,
      code: 'AccessDenied',
    });
    const week = (await presignPut('late')).replace('X-Amz-Expires=60', 'X-Amz-Expires=604801');
    expect(await send(week, upload)).toMatchObject({ status: 400, code: 'AuthorizationQueryParametersError' });
  });

  it('by a key whose secret nobody knows here is taken as it is', async () => {
    expect(await send(await presignPut('theirs', { by: client }), upload)).toMatchObject({ status: 200 });
  });
});
