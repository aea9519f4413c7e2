import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { localAws } from '../local-aws.ts';

/** Where an archive lies, in words that a worker thread can be told: a bucket, or a copy of one on this disk. */
export type ArchivePlace =
  | { readonly kind: 'bucket'; readonly bucket: string; readonly endpoint: string | undefined }
  | { readonly kind: 'directory'; readonly path: string };

export interface ArchivedObject {
  readonly key: string;
  readonly bytes: number;
  readonly writtenAtMs: number;
}

export interface ArchiveStore {
  /** Objects whose keys begin with `prefix` and are greater than `afterKey`, in the order of their keys. */
  list(prefix: string, afterKey?: string): AsyncIterable<ArchivedObject>;
  /** Throws where there is no such object. */
  read(key: string): Promise<Uint8Array>;
  close(): void;
}

export function openArchive(place: ArchivePlace): ArchiveStore {
  return place.kind === 'bucket' ? openBucket(place) : openDirectory(place.path);
}

function openBucket({ bucket, endpoint }: ArchivePlace & { readonly kind: 'bucket' }): ArchiveStore {
  const s3 = new S3Client(endpoint ? { ...localAws(endpoint), forcePathStyle: true } : {});
  return {
    async *list(prefix, afterKey) {
      const start = afterKey === undefined ? {} : { StartAfter: afterKey };
      const pages = paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix, ...start });
      for await (const { Contents: objects = [] } of pages) {
        for (const { Key: key = '', Size: bytes = 0, LastModified: writtenAt } of objects) {
          yield { key, bytes, writtenAtMs: writtenAt?.getTime() ?? 0 };
        }
      }
    },
    async read(key) {
      const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if (body === undefined) throw new Error(`${bucket}/${key}: S3 has answered without a body`);
      return body.transformToByteArray();
    },
    close: () => s3.destroy(),
  };
}

/** As `aws s3 sync` makes it: the keys are paths. */
function openDirectory(directory: string): ArchiveStore {
  return {
    async *list(prefix, afterKey = '') {
      const entries = await readdir(directory, { recursive: true, withFileTypes: true });
      const keys = entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));
      for (const key of keys.toSorted()) {
        if (!key.startsWith(prefix) || key <= afterKey) continue;
        const { size, mtimeMs } = await stat(path.join(directory, key));
        yield { key, bytes: size, writtenAtMs: mtimeMs };
      }
    },
    read: (key) => readFile(path.join(directory, key)),
    close: () => {},
  };
}
