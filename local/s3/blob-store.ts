import { createHash, randomUUID } from 'node:crypto';
import { closeSync, createReadStream, createWriteStream, openSync, read } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { Stored } from './object-index.ts';

const readAt = promisify(read);

/** The bytes of objects and parts, each in a file with a name of its own that is never written twice. */
export interface BlobStore {
  /** Resolves once the bytes survive the death of this process. */
  write(data: Buffer): Promise<Stored>;
  /** One blob of the others' bytes, one after the other. */
  concatenate(parts: readonly Stored[]): Promise<Stored>;
  /** Opens before it returns, so a blob that is removed meanwhile is still read. */
  read(blob: string, start: number, length: number): Promise<Buffer>;
  /** Not waited for: what stays behind is removed by the next `open`. */
  remove(blobs: readonly string[]): void;
  /** Waits for what is being removed. */
  close(): Promise<void>;
}

/** Removes the files that an interrupted write left, which are those that `isUsed` does not know. */
export async function openBlobStore(directory: string, isUsed: (blob: string) => boolean): Promise<BlobStore> {
  await mkdir(directory, { recursive: true });
  const leftovers = (await readdir(directory)).filter((blob) => !isUsed(blob));
  await Promise.all(leftovers.map((blob) => rm(path.join(directory, blob))));
  const removals = new Set<Promise<unknown>>();
  const fileOf = (blob: string): string => path.join(directory, blob);

  return {
    async write(data) {
      const blob = randomUUID();
      await writeFile(fileOf(blob), data, { flag: 'wx' });
      return { blob, bytes: data.length, etag: md5(data) };
    },
    async concatenate(parts) {
      const blob = randomUUID();
      for (const part of parts) {
        await pipeline(createReadStream(fileOf(part.blob)), createWriteStream(fileOf(blob), { flags: 'a' }));
      }
      const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
      // S3's own recipe, which clients know: the MD5 of the parts' MD5s, and their number.
      const etag = `${md5(Buffer.from(parts.map((part) => part.etag).join(''), 'hex'))}-${parts.length}`;
      return { blob, bytes, etag };
    },
    async read(blob, start, length) {
      const file = openSync(fileOf(blob), 'r');
      try {
        const { bytesRead, buffer } = await readAt(file, Buffer.alloc(length), 0, length, start);
        if (bytesRead !== length) throw new Error(`S3: ${fileOf(blob)} is shorter than was written`);
        return buffer;
      } finally {
        closeSync(file);
      }
    },
    remove(blobs) {
      for (const blob of blobs) {
        const removal = rm(fileOf(blob), { force: true })
          .catch(() => {})
          .finally(() => removals.delete(removal));
        removals.add(removal);
      }
    },
    close: async () => void (await Promise.all(removals)),
  };
}

function md5(data: Buffer): string {
  return createHash('md5').update(data).digest('hex');
}
