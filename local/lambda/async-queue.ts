import { existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { appendFile, rename, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** An event that waits for its asynchronous invocation. */
export interface QueuedEvent {
  readonly requestId: string;
  readonly functionName: string;
  /** JSON text. */
  readonly event: string;
  readonly queuedAtMs: number;
  /** How often the function has failed with it. */
  readonly failures: number;
}

/** The file is written anew when it is larger than this and twice what it was when it last was. */
const COMPACTION_BYTES_MIN = 16 * 1024 * 1024;

/** What the file says, one a line: an event as it now stands, or the end of one. */
type Entry = { readonly put: QueuedEvent } | { readonly done: string };

/** Events of asynchronous invocations, on the disk until they are done, so that they outlive this process. */
export interface AsyncQueue {
  /** By request id, in the order in which they came. */
  readonly events: ReadonlyMap<string, QueuedEvent>;
  /** What the events' JSON texts take together. */
  readonly bytes: number;
  /**
   * Adds an event, or replaces the one with its request id. Resolves once that survives the death of this process;
   * rejects when the disk refuses, and the queue is then as if it had not been asked.
   */
  put(event: QueuedEvent): Promise<void>;
  done(requestId: string): Promise<void>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

interface Batch {
  readonly entries: Entry[];
  readonly written: Promise<void>;
}

/** Takes up the file that an earlier run left. Throws when it cannot be read. */
export function openAsyncQueue(file: string): AsyncQueue {
  mkdirSync(path.dirname(file), { recursive: true });
  const text = readWhole(file);
  const events = replay(text);
  let bytes = [...events.values()].reduce((total, { event }) => total + Buffer.byteLength(event), 0);
  let fileBytes = Buffer.byteLength(text);
  let compactionBytes = COMPACTION_BYTES_MIN;
  let waiting: Batch | undefined;
  let writing: Promise<void> = Promise.resolve();

  /** What comes while a write is under way goes together into the next one. */
  function write(entry: Entry): Promise<void> {
    if (waiting === undefined) {
      const entries: Entry[] = [];
      const written = writing.then(() => {
        waiting = undefined;
        return fileBytes < compactionBytes ? append(entries) : compact();
      });
      waiting = { entries, written };
      writing = written.catch(() => {});
    }
    waiting.entries.push(entry);
    return waiting.written;
  }

  async function append(entries: readonly Entry[]): Promise<void> {
    const lines = toLines(entries);
    try {
      // The operating system has it then, so the death of this process loses nothing; a power cut is no case here.
      await appendFile(file, lines);
      fileBytes += Buffer.byteLength(lines);
    } catch (cause) {
      await truncate(file, fileBytes);
      throw new Error(`asynchronous invocations: ${file} cannot be written`, { cause });
    }
  }

  /** The events as they stand say all that the entries do. Renaming leaves the old file or the new one after a crash. */
  async function compact(): Promise<void> {
    const lines = toLines([...events.values()].map((put) => ({ put })));
    await writeFile(`${file}.new`, lines);
    await rename(`${file}.new`, file);
    fileBytes = Buffer.byteLength(lines);
    compactionBytes = Math.max(COMPACTION_BYTES_MIN, 2 * fileBytes);
  }

  function forget(requestId: string): void {
    bytes -= Buffer.byteLength(events.get(requestId)?.event ?? '');
    events.delete(requestId);
  }

  return {
    events,
    get bytes() {
      return bytes;
    },
    async put(event) {
      const before = events.get(event.requestId);
      bytes += Buffer.byteLength(event.event) - Buffer.byteLength(before?.event ?? '');
      events.set(event.requestId, event);
      try {
        await write({ put: event });
      } catch (error) {
        if (before === undefined) {
          forget(event.requestId);
        }
        throw error;
      }
    },
    done(requestId) {
      forget(requestId);
      return write({ done: requestId });
    },
    close: () => writing,
  };
}

/** All complete lines. What a killed process left half written was never acknowledged, and is cut off. */
function readWhole(file: string): string {
  if (!existsSync(file)) {
    return '';
  }
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) {
    truncateSync(file, Buffer.byteLength(whole));
  }
  return whole;
}

function replay(text: string): Map<string, QueuedEvent> {
  const events = new Map<string, QueuedEvent>();
  for (const line of text.split('\n').slice(0, -1)) {
    const entry: Entry = JSON.parse(line);
    if ('put' in entry) {
      events.set(entry.put.requestId, entry.put);
    } else {
      events.delete(entry.done);
    }
  }
  return events;
}

function toLines(entries: readonly Entry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}
