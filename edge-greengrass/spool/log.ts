import { mkdir, rm } from 'node:fs/promises';
import type { SpooledRecord, SpoolState } from '../ports.ts';
import { createCommits } from './commits.ts';
import type { Positions } from './positions.ts';
import { RECORD_BYTES_MAX, RECORD_HEADER_BYTES } from './record.ts';
import { recoverSegments, type Segment } from './segment.ts';
import { createSegmentReader } from './segment-reader.ts';
import { createSegmentWriter, type SegmentWriter, type SegmentWriterOptions } from './segment-writer.ts';

export interface LogOptions extends SegmentWriterOptions {
  readonly batchBytesMax: number;
  readonly batchDelayMs: number;
  /** As they were before the restart, or earlier. */
  readonly positions: Positions;
  /** Called before so many bytes are written; throws where there is no room for them. */
  readonly makeRoom: (bytes: number) => void;
}

/** One priority's records. */
export interface Log {
  append(bytes: Uint8Array): Promise<number>;
  read(from: number, bytesMax: number): Promise<readonly SpooledRecord[]>;
  release(upTo: number): Promise<void>;
  positions(): Positions;
  bytes(): number;
  /** Removes the oldest segment, and counts what of it was needed. False where there is none, or it is being written. */
  dropOldest(why: 'full' | 'expired'): boolean;
  /** When the newest record of the oldest segment was appended. */
  oldestSegmentAtMs(): number | undefined;
  state(): SpoolState;
  close(): Promise<void>;
}

export async function createLog(options: LogOptions): Promise<Log> {
  const { directory } = options;
  const dropped = { full: 0, expired: 0, damaged: 0 };
  const reader = createSegmentReader();
  let segments: Segment[] = [];
  /** Absent as long as the disk has not told what the log holds. */
  let writer: SegmentWriter | undefined;
  let { released } = options.positions;
  let fault: string | undefined;

  const setFault = (error: unknown): void => {
    fault = codeOf(error);
  };

  /** At the start, and again with each use for as long as the disk does not answer. */
  const recovered = async (): Promise<SegmentWriter> => {
    if (writer) return writer;
    await mkdir(directory, { recursive: true });
    segments = await recoverSegments(directory);
    const last = segments.at(-1)?.last ?? 0;
    writer = createSegmentWriter(options, Math.max(last + 1, released + 1, options.positions.next));
    await removeReleased();
    return writer;
  };

  const remove = async (segment: Segment): Promise<void> => {
    reader.forget(segment);
    // A file that stays is read once more after a restart, which does no harm.
    await rm(segment.path, { force: true }).catch(setFault);
  };

  /** The last segment stays, because it tells which positions were given. */
  const removeReleased = async (): Promise<void> => {
    const done = segments.slice(0, -1).filter((each) => each.last <= released);
    segments = segments.filter((each) => !done.includes(each));
    await Promise.all(done.map(remove));
  };

  const write = async (batch: readonly Uint8Array[]): Promise<number> => {
    try {
      const target = await recovered();
      options.makeRoom(batch.reduce((sum, each) => sum + RECORD_HEADER_BYTES + each.length, 0));
      const { segment, first } = await target.write(batch);
      if (segment !== segments.at(-1)) segments.push(segment);
      fault = undefined;
      return first;
    } catch (cause) {
      setFault(cause);
      throw new Error(`the spool in ${directory} takes nothing (${codeOf(cause)}): make room, or mend the disk`, {
        cause,
      });
    }
  };

  const missing = (first: number, last: number): void => {
    dropped.damaged += Math.max(0, last - Math.max(first, released + 1) + 1);
  };

  const needed = ({ first, last }: Segment): number => Math.max(0, last - Math.max(first, released + 1) + 1);
  const bytes = (): number => segments.reduce((sum, each) => sum + each.bytes, 0);

  const commits = createCommits({ ...options, write });
  await recovered().catch(setFault);

  return {
    append(record) {
      if (record.length > RECORD_BYTES_MAX) {
        throw new RangeError(`a record of ${record.length} bytes, expected at most ${RECORD_BYTES_MAX}`);
      }
      return commits.add(record);
    },

    async read(from, bytesMax) {
      await recovered();
      const start = Math.max(from, released + 1);
      for (const segment of segments.filter(({ last }) => last >= start)) {
        const records = await reader.read(segment, start, bytesMax, missing).catch((error: unknown) => {
          // It was dropped meanwhile, and counted.
          if (codeOf(error) === 'ENOENT') return [];
          throw new Error(`cannot read ${segment.path}: ${codeOf(error)}`, { cause: error });
        });
        if (records.length > 0) return records;
      }
      return [];
    },

    async release(upTo) {
      released = Math.max(released, Math.min(upTo, segments.at(-1)?.last ?? released));
      await removeReleased();
    },

    positions: () => ({ released, next: writer?.next() ?? options.positions.next }),
    bytes,

    dropOldest(why) {
      const [oldest] = segments;
      const isWritten = oldest !== undefined && oldest === writer?.segment();
      if (!oldest || (isWritten && writer?.isBusy())) return false;
      dropped[why] += needed(oldest);
      if (isWritten) writer?.seal();
      segments = segments.slice(1);
      void remove(oldest);
      return true;
    },

    oldestSegmentAtMs: () => segments[0]?.newestAtMs,

    state: () => ({
      records: segments.reduce((sum, each) => sum + needed(each), 0),
      bytes: bytes(),
      dropped: { ...dropped },
      ...(fault !== undefined && { fault }),
    }),

    async close() {
      await commits.close();
      await writer?.close();
    },
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
