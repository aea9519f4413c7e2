import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import path from 'node:path';

/** A log that grows beyond this is set aside as `<name>.1`, which replaces the one before. */
export const LOG_BYTES_MAX = 5 * 1024 * 1024;

/** A function that prints faster than the disk takes it loses what is beyond this. */
const PENDING_BYTES_MAX = 4 * 1024 * 1024;

export interface FunctionLog {
  /** Appends text as the function printed it. Never blocks, never throws. */
  write(text: string): void;
  close(): Promise<void>;
}

export interface FunctionLogOptions {
  readonly onError: (error: Error) => void;
  /** Is given each whole line, without its end. */
  readonly onLine?: (line: string) => void;
}

/** What a function prints, in one file of limited size. */
export function openFunctionLog(file: string, { onError, onLine }: FunctionLogOptions): FunctionLog {
  mkdirSync(path.dirname(file), { recursive: true });
  let bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > LOG_BYTES_MAX) {
    setAside();
  }
  let stream = append(file, onError);
  let unfinishedLine = '';

  function setAside(): void {
    renameSync(file, `${file}.1`);
    bytes = 0;
  }

  function tellLines(text: string): void {
    const lines = (unfinishedLine + text).split('\n');
    unfinishedLine = lines.pop() ?? '';
    lines.forEach((line) => onLine?.(line));
  }

  return {
    write(text) {
      if (onLine !== undefined) {
        tellLines(text);
      }
      if (stream.writableLength > PENDING_BYTES_MAX) {
        return;
      }
      if (bytes > LOG_BYTES_MAX && !stream.pending) {
        // The old stream holds the file and not its name, so what it still has to write follows the file.
        stream.end();
        setAside();
        stream = append(file, onError);
      }
      bytes += Buffer.byteLength(text);
      stream.write(text);
    },
    close: () =>
      new Promise((resolve) => {
        stream.end(() => resolve());
        stream.once('error', () => resolve());
      }),
  };
}

function append(file: string, onError: (error: Error) => void): WriteStream {
  return createWriteStream(file, { flags: 'a' }).on('error', onError);
}
