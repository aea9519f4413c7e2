import { type FileHandle, truncate } from 'node:fs/promises';
import { RECORD_HEADER_BYTES, writeRecord } from './record.ts';
import { createSegmentFile, type Segment, SEGMENT_MAGIC } from './segment.ts';

/**
 * Files grow in such steps, the new part filled with zeros: a write into what is there already is durable without a change
 * of the file's length, which makes it twice as fast on ext4.
 */
const ALLOCATION_BYTES_MAX = 256 * 1024;

export interface SegmentWriterOptions {
  readonly directory: string;
  readonly segmentBytesMax: number;
  /** A segment that was begun longer ago gets no more records, so that it can go when they have aged. */
  readonly segmentAgeMaxMs: number;
  readonly nowMs: () => number;
}

/** Writes to the last segment of a log, and begins another where that is full. One write at a time. */
export interface SegmentWriter {
  /** What is being written to, with at least one record. */
  segment(): Segment | undefined;
  isBusy(): boolean;
  /** The position of the next record. */
  next(): number;
  /** Resolves once all records survive a crash; where it rejects, none of them is there, or none will be counted on. */
  write(batch: readonly Uint8Array[]): Promise<{ readonly segment: Segment; readonly first: number }>;
  /** The next record begins another segment. */
  seal(): void;
  close(): Promise<void>;
}

/** The segment that is being written. */
interface Active {
  readonly segment: Segment;
  readonly file: FileHandle;
  /** How long the file is: zeros follow the records. */
  allocated: number;
}

/** @param firstPosition of the next record */
export function createSegmentWriter(options: SegmentWriterOptions, firstPosition: number): SegmentWriter {
  const { directory, segmentBytesMax, segmentAgeMaxMs, nowMs } = options;
  const step = Math.min(ALLOCATION_BYTES_MAX, segmentBytesMax);
  let next = firstPosition;
  let active: Active | undefined;
  let isBusy = false;
  let closing: Promise<void> | undefined;

  const seal = (): void => {
    if (!active) return;
    const { file, segment } = active;
    active = undefined;
    // The records are durable already: neither zeros behind them nor a close that fails is any harm.
    const close = () => file.close();
    closing = file
      .truncate(segment.bytes)
      .then(close, close)
      .catch(() => {});
  };

  const writableFor = async (bytes: number): Promise<Active> => {
    if (active && active.segment.bytes > 0) {
      const { segment } = active;
      const isOld = nowMs() - segment.oldestAtMs > segmentAgeMaxMs;
      if (isOld || segment.bytes + bytes > segmentBytesMax) seal();
    }
    if (active) return active;
    const [path, file] = await createSegmentFile(directory, next);
    const at = nowMs();
    const segment = {
      path,
      first: next,
      last: next - 1,
      bytes: 0,
      oldestAtMs: at,
      newestAtMs: at,
      checkedTo: next - 1,
    };
    active = { segment, file, allocated: 0 };
    return active;
  };

  /** Records of a batch behind those of the segment, and zeros up to where the file is to end. */
  const encode = (batch: readonly Uint8Array[], { segment, allocated }: Active, atMs: number) => {
    const header = segment.bytes === 0 ? SEGMENT_MAGIC.length : 0;
    const bytes = header + bytesOf(batch);
    const end = segment.bytes + bytes;
    const buffer = Buffer.alloc((end <= allocated ? end : Math.ceil(end / step) * step) - segment.bytes);
    if (header > 0) SEGMENT_MAGIC.copy(buffer);
    let at = header;
    for (const [index, each] of batch.entries()) at = writeRecord(buffer, at, next + index, atMs, each);
    return { buffer, bytes };
  };

  const writeWholly = async (target: Active, buffer: Buffer, count: number): Promise<void> => {
    const { segment, file } = target;
    try {
      for (let done = 0; done < buffer.length; ) {
        done += (await file.write(buffer, done, buffer.length - done, segment.bytes + done)).bytesWritten;
      }
      target.allocated = Math.max(target.allocated, segment.bytes + buffer.length);
    } catch (error) {
      try {
        await truncate(segment.path, segment.bytes);
        target.allocated = segment.bytes;
      } catch {
        // What may be left behind the last whole record stays: nobody was told of it, and its positions are not used again.
        next += count;
        seal();
      }
      throw error;
    }
  };

  return {
    segment: () => (active && active.segment.bytes > 0 ? active.segment : undefined),
    isBusy: () => isBusy,
    next: () => next,
    async write(batch) {
      isBusy = true;
      try {
        const target = await writableFor(SEGMENT_MAGIC.length + bytesOf(batch));
        const atMs = nowMs();
        const { buffer, bytes } = encode(batch, target, atMs);
        await writeWholly(target, buffer, batch.length);
        const { segment } = target;
        const first = next;
        next += batch.length;
        segment.last = next - 1;
        segment.bytes += bytes;
        segment.newestAtMs = Math.max(segment.newestAtMs, atMs);
        return { segment, first };
      } finally {
        isBusy = false;
      }
    },
    seal,
    async close() {
      seal();
      await closing;
    },
  };
}

function bytesOf(batch: readonly Uint8Array[]): number {
  return batch.reduce((sum, each) => sum + RECORD_HEADER_BYTES + each.length, 0);
}
