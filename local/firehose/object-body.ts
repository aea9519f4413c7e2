import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';

/** Records one behind the other, compressed as they come, so that what waits for delivery takes little memory. */
export interface ObjectBody {
  append(records: readonly Uint8Array[]): Promise<void>;
  end(): Promise<Buffer>;
}

export function openObjectBody(isCompressed: boolean): ObjectBody {
  return isCompressed ? compressedBody() : plainBody();
}

function plainBody(): ObjectBody {
  const chunks: Uint8Array[] = [];
  return {
    append: async (records) => void chunks.push(...records),
    end: async () => Buffer.concat(chunks),
  };
}

function compressedBody(): ObjectBody {
  const gzip = createGzip();
  const compressed = buffer(gzip);
  return {
    async append(records) {
      if (records.length > 0 && !gzip.write(Buffer.concat(records))) await once(gzip, 'drain');
    },
    async end() {
      gzip.end();
      return compressed;
    },
  };
}
