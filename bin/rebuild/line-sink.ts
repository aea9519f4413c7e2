import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

export interface LineSink {
  write(line: string): Promise<void>;
  close(): Promise<void>;
}

/** A file, written anew, or standard output. */
export function openSink(file: string | undefined): LineSink {
  const stream = file === undefined ? process.stdout : createWriteStream(file);
  return {
    async write(line) {
      if (!stream.write(`${line}\n`)) await once(stream, 'drain');
    },
    async close() {
      if (stream === process.stdout) return;
      stream.end();
      await once(stream, 'finish');
    },
  };
}
