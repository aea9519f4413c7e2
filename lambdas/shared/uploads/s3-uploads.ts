import { HeadObjectCommand, NotFound, type S3Client } from '@aws-sdk/client-s3';
import type { Uploads } from '../../../core/ports.ts';

/** Beyond this many the memory of what was found starts over. */
const KNOWN_MAX = 10_000;

/**
 * What gateways have uploaded. An object is named by what it holds and cannot be put with other bytes, so one that was found
 * once is not asked for again.
 */
export function s3Uploads(s3: S3Client, bucketName: string): Uploads {
  const known = new Map<string, Awaited<ReturnType<Uploads['find']>>>();
  return {
    async find(key) {
      const found = known.get(key) ?? (await head(s3, bucketName, key));
      if (!found) return undefined;
      if (known.size >= KNOWN_MAX) known.clear();
      known.set(key, found);
      return found;
    },
  };
}

async function head(s3: S3Client, bucketName: string, key: string): ReturnType<Uploads['find']> {
  try {
    const command = new HeadObjectCommand({ Bucket: bucketName, Key: key, ChecksumMode: 'ENABLED' });
    const { ContentLength: bytes = 0, ContentType: contentType = '', ChecksumSHA256: sha256 } = await s3.send(command);
    return {
      bytes,
      contentType,
      ...(sha256 !== undefined && { sha256: Buffer.from(sha256, 'base64').toString('hex') }),
    };
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw new Error(`${bucketName}/${key}: not looked up`, { cause: error });
  }
}
