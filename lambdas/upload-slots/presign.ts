import { PutObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { referenceOf } from '../../core/uploads/claim.ts';
import type { Slot, SlotRequest } from '../../core/uploads/slot.ts';

/** 64 MiB take nine minutes over a line of 1 Mbit/s; S3 looks at the time when a request begins. */
const SLOT_EXPIRES_S = 15 * 60;

/** Without checksums of the SDK's own, which would be of the body that a URL does not have yet. */
export function presigningClient(config: S3ClientConfig = {}): S3Client {
  return new S3Client({ ...config, requestChecksumCalculation: 'WHEN_REQUIRED' });
}

/**
 * A URL for one PUT. Length, type and SHA-256 are signed as headers, so S3 takes them as they are or nothing, and compares
 * the SHA-256 with the bytes that come (S3 user guide, "Checking object integrity").
 */
export async function presignSlot(
  s3: S3Client,
  bucketName: string,
  request: SlotRequest,
  nowMs: number,
): Promise<Slot> {
  const { sha256, bytes, contentType } = request;
  const headers = {
    'content-length': String(bytes),
    'content-type': contentType,
    'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
  };
  const command = new PutObjectCommand({
    Bucket: bucketName,
    Key: referenceOf(request),
    ContentLength: bytes,
    ContentType: contentType,
    ChecksumSHA256: headers['x-amz-checksum-sha256'],
  });
  const url = await getSignedUrl(s3, command, {
    expiresIn: SLOT_EXPIRES_S,
    signingDate: new Date(nowMs),
    // What is in the query is not compared with what comes.
    unhoistableHeaders: new Set(Object.keys(headers)),
    signableHeaders: new Set(['host', ...Object.keys(headers)]),
  });
  return { url, headers, expiresAtMs: Math.floor(nowMs / 1000) * 1000 + SLOT_EXPIRES_S * 1000 };
}
