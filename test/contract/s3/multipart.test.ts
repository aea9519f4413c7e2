import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, expect, it } from 'vitest';
import { codeOf, serveS3 } from './serve-s3.ts';

const Bucket = 'contract-multipart';
const PART_BYTES_MIN = 5 * 1024 * 1024;
const { client } = await serveS3();

beforeAll(async () => {
  await client.send(new CreateBucketCommand({ Bucket }));
});

async function begin(Key: string): Promise<string> {
  const { UploadId = '' } = await client.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'text/plain', Metadata: { a: 'b' } }),
  );
  return UploadId;
}

async function upload(Key: string, UploadId: string, PartNumber: number, Body: Buffer) {
  const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
  return { PartNumber, ETag };
}

function complete(Key: string, UploadId: string, Parts: { PartNumber: number; ETag: string | undefined }[]) {
  const MultipartUpload = { Parts: Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ...(ETag && { ETag }) })) };
  return client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
}

const md5 = (data: Buffer): Buffer => createHash('md5').update(data).digest();

it('puts the parts together, of which a number that came twice counts as it came last', async () => {
  const id = await begin('whole');
  const first = Buffer.alloc(PART_BYTES_MIN, 'a');
  const last = Buffer.from('the end');
  const second = await upload('whole', id, 2, last);
  await upload('whole', id, 1, Buffer.alloc(PART_BYTES_MIN, 'x'));
  const { ETag } = await complete('whole', id, [await upload('whole', id, 1, first), second]);
  expect(ETag).toBe(`"${md5(Buffer.concat([md5(first), md5(last)])).toString('hex')}-2"`);

  const { Body, ContentType, Metadata } = await client.send(new GetObjectCommand({ Bucket, Key: 'whole' }));
  expect(md5(Buffer.from((await Body?.transformToByteArray()) ?? []))).toEqual(md5(Buffer.concat([first, last])));
  expect({ ContentType, Metadata }).toEqual({ ContentType: 'text/plain', Metadata: { a: 'b' } });
  expect(await codeOf(complete('whole', id, [second]))).toBe('NoSuchUpload');
});

it('is not to be seen before it is complete, and never once it is aborted', async () => {
  const UploadId = await begin('aborted');
  const part = await upload('aborted', UploadId, 1, Buffer.from('a'));
  expect(await codeOf(client.send(new GetObjectCommand({ Bucket, Key: 'aborted' })))).toBe('NoSuchKey');
  await client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'aborted', UploadId }));
  expect(await codeOf(complete('aborted', UploadId, [part]))).toBe('NoSuchUpload');
  expect(await codeOf(upload('aborted', UploadId, 2, Buffer.from('b')))).toBe('NoSuchUpload');
});

it('refuses parts that are too small, unknown or out of order', async () => {
  const id = await begin('refused');
  const small = await upload('refused', id, 1, Buffer.alloc(PART_BYTES_MIN - 1));
  const next = await upload('refused', id, 2, Buffer.from('b'));
  expect(await codeOf(complete('refused', id, [small, next]))).toBe('EntityTooSmall');
  expect(await codeOf(complete('refused', id, [next, small]))).toBe('InvalidPartOrder');
  expect(await codeOf(complete('refused', id, [{ PartNumber: 3, ETag: '"0"' }]))).toBe('InvalidPart');
  expect(await codeOf(complete('refused', id, []))).toBe('MalformedXML');
});

it('numbers parts from 1 to 10000', async () => {
  const id = await begin('numbers');
  await upload('numbers', id, 1, Buffer.from('a'));
  await upload('numbers', id, 10_000, Buffer.from('a'));
  expect(await codeOf(upload('numbers', id, 0, Buffer.from('a')))).toBe('InvalidArgument');
  expect(await codeOf(upload('numbers', id, 10_001, Buffer.from('a')))).toBe('InvalidArgument');
});
