import { randomBytes } from 'node:crypto';
import { refuseWrite } from './conditions.ts';
import { readContent, readObjectHeaders } from './content.ts';
import { OBJECT_BYTES_MAX, PART_BYTES_MIN, PART_NUMBER_MAX } from './limits.ts';
import type { Part, Upload } from './object-index.ts';
import type { ObjectStore } from './object-store.ts';
import { refuseKey } from './object-key.ts';
import { emptyResponse, type Operation, quoted, xmlResponse } from './operation.ts';
import { Refusal } from './refusal.ts';
import type { S3Request } from './request.ts';
import { childText, parseXml } from './xml.ts';

/** docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export const createMultipartUpload: Operation = ({ index }, request) => {
  const { bucket, key } = request;
  const headers = readObjectHeaders(request);
  if (headers instanceof Refusal) return headers;
  const refused = refuseKey(key);
  if (refused) return refused;
  const id = randomBytes(32).toString('base64url');
  index.addUpload({ id, bucket, key, headers });
  return xmlResponse('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: id });
};

/** docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html: a number that comes again replaces its part. */
export const uploadPart: Operation = async (store, request) => {
  const upload = findUpload(store, request);
  if (upload instanceof Refusal) return upload;
  const number = Number(request.query.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > PART_NUMBER_MAX) {
    const expected = `Part number must be an integer between 1 and ${PART_NUMBER_MAX}, inclusive`;
    return new Refusal('InvalidArgument', expected);
  }
  const content = readContent(request);
  if (content instanceof Refusal) return content;
  const stored = await store.blobs.write(content.data);
  const ended = findUpload(store, request);
  if (ended instanceof Refusal) {
    store.blobs.remove([stored.blob]);
    return ended;
  }
  store.blobs.remove(store.index.putPart(upload.id, { ...stored, number }));
  return emptyResponse(200, { etag: quoted(stored.etag), ...content.checksums });
};

/** docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export const completeMultipartUpload: Operation = async (store, request) => {
  const upload = findUpload(store, request);
  if (upload instanceof Refusal) return upload;
  const { bucket, key } = request;
  const parts = chooseParts(store.index.parts(upload.id), request.body.toString());
  if (parts instanceof Refusal) return parts;
  const stored = await store.blobs.concatenate(parts);
  const event = 'ObjectCreated:CompleteMultipartUpload';
  const committed = store.commit(bucket, { key, headers: upload.headers, event }, stored, {
    upload,
    refuse: (existing) => {
      const ended = findUpload(store, request);
      return ended instanceof Refusal ? ended : refuseWrite(request, existing);
    },
  });
  if (committed instanceof Refusal) return committed;
  const result = { Location: `/${bucket}/${key}`, Bucket: bucket, Key: key, ETag: quoted(stored.etag) };
  return xmlResponse('CompleteMultipartUploadResult', result);
};

/** docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export const abortMultipartUpload: Operation = (store, request) => {
  const upload = findUpload(store, request);
  if (upload instanceof Refusal) return upload;
  store.blobs.remove(store.index.removeUpload(upload.id));
  return emptyResponse(204);
};

function findUpload({ index }: ObjectStore, { bucket, key, query }: S3Request): Upload | Refusal {
  const upload = index.upload(query.get('uploadId') ?? '', bucket, key);
  return upload ?? new Refusal('NoSuchUpload', 'The specified multipart upload does not exist.');
}

/** The uploaded parts that the request lists, or why they make no object. */
function chooseParts(uploaded: readonly Part[], xml: string): readonly Part[] | Refusal {
  const listed = readParts(xml);
  if (listed === undefined) return new Refusal('MalformedXML', 'The XML you provided lists no parts.');
  if (listed.some(({ number }, index) => number <= (listed[index - 1]?.number ?? 0))) {
    return new Refusal('InvalidPartOrder', 'The list of parts was not in ascending order.');
  }
  const parts = listed.map(({ number, etag }) => uploaded.find((part) => part.number === number && part.etag === etag));
  const found = parts.filter((part) => part !== undefined);
  if (found.length < parts.length) {
    return new Refusal('InvalidPart', 'One or more of the specified parts could not be found.');
  }
  if (found.slice(0, -1).some(({ bytes }) => bytes < PART_BYTES_MIN)) {
    return new Refusal('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
  }
  return found.reduce((sum, { bytes }) => sum + bytes, 0) > OBJECT_BYTES_MAX
    ? new Refusal('EntityTooLarge', `The local cloud's objects have at most ${OBJECT_BYTES_MAX} bytes.`)
    : found;
}

function readParts(xml: string): readonly { readonly number: number; readonly etag: string }[] | undefined {
  const root = parseXml(xml);
  if (root?.name !== 'CompleteMultipartUpload') return undefined;
  const parts = root.children
    .filter(({ name }) => name === 'Part')
    .map((part) => ({
      number: Number(childText(part, 'PartNumber')),
      etag: childText(part, 'ETag')?.replaceAll('"', '') ?? '',
    }));
  return parts.length > 0 && parts.every(({ number }) => Number.isInteger(number)) ? parts : undefined;
}
