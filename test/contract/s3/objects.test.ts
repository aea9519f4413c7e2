import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  ChecksumAlgorithm,
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { codeOf, CREDENTIALS, REGION, serveS3 } from './serve-s3.ts';

const Bucket = 'contract-objects';
const { client, url } = await serveS3();

beforeAll(async () => {
  await client.send(new CreateBucketCommand({ Bucket }));
});

function put(Key: string, Body: PutObjectCommandInput['Body'] = Key, more: Partial<PutObjectCommandInput> = {}) {
  return client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
}

async function get(Key: string, more: Partial<GetObjectCommandInput> = {}) {
  const { Body, ...rest } = await client.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return { ...rest, text: (await Body?.transformToString()) ?? '' };
}

async function keys(): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

describe('an object', () => {
  it('comes back with its bytes, headers and metadata, and an MD5 as its tag', async () => {
    const { ETag } = await put('reading.json', '{"a": 1}', {
      ContentType: 'application/json',
      ContentEncoding: 'identity',
      CacheControl: 'no-store',
      Metadata: { reason: 'malformed' },
    });
    expect(ETag).toBe(`"${createHash('md5').update('{"a": 1}').digest('hex')}"`);
    expect(await get('reading.json')).toMatchObject({
      text: '{"a": 1}',
      ContentLength: 8,
      ContentType: 'application/json',
      ContentEncoding: 'identity',
      CacheControl: 'no-store',
      Metadata: { reason: 'malformed' },
      ETag,
    });
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'reading.json' }));
    expect(head).toMatchObject({ ContentLength: 8, ETag, Metadata: { reason: 'malformed' } });
    expect(Math.abs((head.LastModified?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('may be empty, and is binary/octet-stream unless it says otherwise', async () => {
    await put('empty', '');
    expect(await get('empty')).toMatchObject({ text: '', ContentLength: 0, ContentType: 'application/octet-stream' });
    const plain = await fetch(`${url}/${Bucket}/plain`, { method: 'PUT', body: Buffer.from('x'), headers: signed });
    expect(plain.status).toBe(200);
    expect(await get('plain')).toMatchObject({ ContentType: 'binary/octet-stream' });
  });

  it('is replaced by a later one of the same key', async () => {
    await put('twice', 'first');
    await put('twice', 'second');
    expect((await get('twice')).text).toBe('second');
  });

  it('is read in ranges', async () => {
    await put('range', '0123456789');
    expect(await get('range', { Range: 'bytes=2-4' })).toMatchObject({ text: '234', ContentRange: 'bytes 2-4/10' });
    expect((await get('range', { Range: 'bytes=7-' })).text).toBe('789');
    expect((await get('range', { Range: 'bytes=-3' })).text).toBe('789');
    expect((await get('range', { Range: 'bytes=8-99' })).text).toBe('89');
    expect((await get('range', { Range: 'lines=1-2' })).text).toBe('0123456789');
    expect(await codeOf(get('range', { Range: 'bytes=10-' }))).toBe('InvalidRange');
  });

  it('is copied with its headers', async () => {
    await put('origin key', 'copied', { Metadata: { a: 'b' } });
    await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/origin%20key` }));
    expect(await get('copy')).toMatchObject({ text: 'copied', Metadata: { a: 'b' } });
  });

  it('is gone after a delete, which may be told twice', async () => {
    await put('gone');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
    expect(await codeOf(get('gone'))).toBe('NoSuchKey');
    expect(await codeOf(client.send(new HeadObjectCommand({ Bucket, Key: 'gone' })))).toBe('NotFound');
  });

  it('is deleted together with others, 1000 at most', async () => {
    await put('many/&<1>');
    await put('many/2');
    const wanted = [{ Key: 'many/&<1>' }, { Key: 'many/2' }, { Key: 'many/never' }];
    const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: wanted } }));
    expect(Deleted).toEqual(wanted);
    expect(await keys()).not.toContain('many/2');
    const objects = (count: number) => Array.from({ length: count }, (_, index) => ({ Key: `none/${index}` }));
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: objects(1000), Quiet: true } }));
    const tooMany = client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: objects(1001) } }));
    expect(await codeOf(tooMany)).toBe('MalformedXML');
  });
});

describe('conditions', () => {
  const notModified = { $metadata: { httpStatusCode: 304 } };

  it('If-None-Match: * puts only what is not there, among puts at the same time only one', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => put('once', `${index}`, { IfNoneMatch: '*' })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await codeOf(put('once', 'late', { IfNoneMatch: '*' }))).toBe('PreconditionFailed');
  });

  it('If-Match puts only over what is known', async () => {
    const { ETag } = await put('known', '1');
    await put('known', '2', { IfMatch: ETag });
    expect(await codeOf(put('known', '3', { IfMatch: ETag }))).toBe('PreconditionFailed');
    expect(await codeOf(put('unknown', '3', { IfMatch: ETag }))).toBe('NoSuchKey');
  });

  it('of a get are kept', async () => {
    const { ETag } = await put('conditional');
    expect((await get('conditional', { IfMatch: ETag })).text).toBe('conditional');
    expect(await codeOf(get('conditional', { IfMatch: '"other"' }))).toBe('PreconditionFailed');
    await expect(get('conditional', { IfNoneMatch: ETag })).rejects.toMatchObject(notModified);
    await expect(get('conditional', { IfModifiedSince: new Date(Date.now() + 60_000) })).rejects.toMatchObject(
      notModified,
    );
  });
});

/** A Credential in the header is how the gateway finds the service; signatures are not checked. */
const signed = {
  authorization: `AWS4-HMAC-SHA256 Credential=test/20261121/${REGION}/s3/aws4_request, SignedHeaders=host, Signature=0`,
};

describe('digests', () => {
  it.each(Object.values(ChecksumAlgorithm).filter((each) => /^(CRC32|CRC32C|SHA1|SHA256)$/.test(each)))(
    '%s is checked and given back',
    async (ChecksumAlgorithmName) => {
      const stored = await put(`sum-${ChecksumAlgorithmName}`, '123456789', {
        ChecksumAlgorithm: ChecksumAlgorithmName,
      });
      const got = await get(`sum-${ChecksumAlgorithmName}`, { ChecksumMode: 'ENABLED' });
      const member = `Checksum${ChecksumAlgorithmName}` as const;
      expect(Object.entries(stored)).toContainEqual([member, expect.any(String)]);
      expect(Object.entries(got)).toContainEqual([member, Object.fromEntries(Object.entries(stored))[member]]);
    },
  );

  it('a stream comes in chunks with its checksum behind it', async () => {
    const parts = ['one ', 'two ', 'three'];
    const stored = await put('streamed', Readable.from(parts), { ContentLength: parts.join('').length });
    expect(stored.ChecksumCRC32).toBeDefined();
    const got = await get('streamed');
    expect(got).toMatchObject({ text: 'one two three' });
    expect(got.ContentEncoding).toBeUndefined();
  });

  const body = '5\r\nhello\r\n0\r\n';
  it.each([
    ['a wrong trailer', `${body}x-amz-checksum-crc32:AAAAAA==\r\n\r\n`, 'BadDigest'],
    ['the right trailer', `${body}x-amz-checksum-crc32:NhCmhg==\r\n\r\n`, 200],
    ['a chunk that is cut', '5\r\nhel', 'IncompleteBody'],
    ['a chunk without length', 'hello', 'IncompleteBody'],
  ])('%s', async (_, chunked, expected) => {
    const response = await fetch(`${url}/${Bucket}/chunked`, {
      method: 'PUT',
      body: chunked,
      headers: {
        ...signed,
        'content-encoding': 'aws-chunked',
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': '5',
        'x-amz-trailer': 'x-amz-checksum-crc32',
      },
    });
    const text = await response.text();
    expect(/<Code>(\w+)</.exec(text)?.[1] ?? response.status).toBe(expected);
  });

  // The vectors of the algorithms' own documents for the text 123456789.
  it.each([
    ['x-amz-checksum-crc32', 'cbf43926'],
    ['x-amz-checksum-crc32c', 'e3069283'],
    ['x-amz-checksum-crc64nvme', 'ae8b14860a799888'],
    ['content-md5', '25f9e794323b453885f5181f1b624d0b'],
  ])('%s is right for %s, and wrong with one bit changed', async (header, hex) => {
    const send = (digest: Buffer) =>
      fetch(`${url}/${Bucket}/vector`, {
        method: 'PUT',
        body: '123456789',
        headers: { ...signed, [header]: digest.toString('base64') },
      });
    const right = Buffer.from(hex, 'hex');
    expect((await send(right)).status).toBe(200);
    const wrong = Buffer.from(right);
    wrong[0] = (wrong[0] ?? 0) ^ 1;
    expect(await (await send(wrong)).text()).toContain('<Code>BadDigest</Code>');
    const code = header === 'content-md5' ? 'InvalidDigest' : 'InvalidRequest';
    expect(await (await send(right.subarray(1))).text()).toContain(`<Code>${code}</Code>`);
  });
});

describe('a key', () => {
  const strange = [
    '../../../etc/passwd',
    'a/../b',
    './c',
    'a//b',
    ' +%2F?&=',
    'Straße/日本/🚦',
    '\u0000\u0001',
    '<&>"',
  ];
  it.each(strange)('may be %j', async (key) => {
    await put(key, 'strange');
    expect((await get(key)).text).toBe('strange');
    const listed = await client.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
    const found = (listed.Contents ?? []).map(({ Key = '' }) => decodeURIComponent(Key));
    expect(found).toContain(key);
    await client.send(new DeleteObjectCommand({ Bucket, Key: key }));
  });

  it('has at most 1024 bytes in UTF-8', async () => {
    await put('ß'.repeat(512), 'longest');
    expect((await get('ß'.repeat(512))).text).toBe('longest');
    expect(await codeOf(put(`${'ß'.repeat(512)}a`))).toBe('KeyTooLongError');
  });
});

describe('limits', () => {
  it('metadata have at most 2048 bytes', async () => {
    await put('metadata', '', { Metadata: { a: 'x'.repeat(2047) } });
    expect(await codeOf(put('metadata', '', { Metadata: { a: 'x'.repeat(2048) } }))).toBe('MetadataTooLarge');
  });

  it('a body larger than the gateway takes is EntityTooLarge', async () => {
    const response = await fetch(`${url}/${Bucket}/larger`, {
      method: 'PUT',
      headers: { authorization: 'Credential=a/20261121/us-east-1/s3/aws4_request' },
      body: new Uint8Array(65 * 1024 * 1024 + 1),
    });
    expect(await response.text()).toContain('<Code>EntityTooLarge</Code>');
  });
});

describe('a bucket', () => {
  it('is found by its name and place', async () => {
    await client.send(new HeadBucketCommand({ Bucket }));
    expect((await client.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toContain(Bucket);
    const { LocationConstraint } = await client.send(new GetBucketLocationCommand({ Bucket }));
    expect(LocationConstraint || undefined).toBeUndefined();
  });

  it('that is missing is named so', async () => {
    const missing = { Bucket: 'contract-missing' };
    expect(await codeOf(client.send(new HeadBucketCommand(missing)))).toBe('NotFound');
    expect(await codeOf(client.send(new ListObjectsV2Command(missing)))).toBe('NoSuchBucket');
    expect(await codeOf(client.send(new PutObjectCommand({ ...missing, Key: 'a' })))).toBe('NoSuchBucket');
  });

  it('is deleted only when it is empty', async () => {
    const other = { Bucket: 'contract-deleted' };
    await client.send(new CreateBucketCommand(other));
    await client.send(new PutObjectCommand({ ...other, Key: 'a' }));
    expect(await codeOf(client.send(new DeleteBucketCommand(other)))).toBe('BucketNotEmpty');
    await client.send(new DeleteObjectCommand({ ...other, Key: 'a' }));
    await client.send(new DeleteBucketCommand(other));
    expect(await codeOf(client.send(new HeadBucketCommand(other)))).toBe('NotFound');
  });

  it.each(['ab', 'a'.repeat(64), 'Upper', 'under_score', 'two..dots', '192.168.1.1'])(
    'is not called %s',
    async (name) => {
      const response = await fetch(`${url}/${name}`, { method: 'PUT', headers: signed });
      expect(await response.text()).toContain('<Code>InvalidBucketName</Code>');
    },
  );

  it('may stand in the host name', async () => {
    const host = `${Bucket}.localhost:4566`;
    const virtual = new S3Client({ endpoint: url, region: REGION, credentials: CREDENTIALS, forcePathStyle: true });
    virtual.middlewareStack.add(
      (next) => (args) => {
        const { request } = args as unknown as { request: { path: string; headers: Record<string, string> } };
        request.path = request.path.replace(`/${Bucket}`, '') || '/';
        request.headers.host = host;
        return next(args);
      },
      { step: 'build', priority: 'low' },
    );
    await virtual.send(new PutObjectCommand({ Bucket, Key: 'virtual/a', Body: 'by host' }));
    virtual.destroy();
    expect((await get('virtual/a')).text).toBe('by host');
  });

  it('says which operations it does not do', async () => {
    const response = await fetch(`${url}/${Bucket}?acl`, { headers: signed });
    expect(response.status).toBe(501);
    expect(await response.text()).toContain('GET acl');
  });
});
