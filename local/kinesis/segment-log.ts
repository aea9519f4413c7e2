import { strict as assert } from 'node:assert';
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { encodedBytes, encodeRecord, type LogRecord, type RecordHeader } from './record-format.ts';
import {
  damaged,
  emptyContents,
  type Harvest,
  harvestSegment,
  include,
  indexAtArrival,
  type ReadLimits,
  scanSegment,
  type Segment,
  segmentAt,
  type SegmentContents,
  segmentNamed,
} from './segment.ts';
import { lastBelow } from './sparse-index.ts';

/** Retention deletes whole segments, so their size and their age bound what outlives it. */
const SEGMENT_BYTES_MAX = 16 * 1024 * 1024;
const SEGMENT_AGE_MS_MAX = 3_600_000;
/** What one write() takes at most: larger gains nothing, and its buffer is garbage a moment later. */
const BATCH_BYTES_MAX = 1024 * 1024;
/** Bytes that may wait for the disk, of one shard. */
export const APPEND_QUEUE_BYTES_MAX = 64 * 1024 * 1024;

export interface SegmentLogOptions {
  readonly segmentBytesMax?: number;
  readonly segmentAgeMsMax?: number;
}

interface PendingRecord {
  readonly partitionKey: string;
  readonly keyBytes: number;
  readonly data: Uint8Array;
  readonly arrivalMs: number;
  readonly resolve: (index: number) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * A shard's records on disk: an append-only log in segments.
 *
 * An append is acknowledged after write() took its bytes. They are then the operating system's, so the death of this
 * process (`kill -9`) loses none; there is no fsync, because a laptop's power cut is no case for a stand-in, and it
 * would cost a hundred times the write. What was appended while a write was under way goes into the next one.
 *
 * A record is readable once it is acknowledged, never before. Reads go through to the file (the system's page cache
 * holds what is recent), from the place that a sparse index gives: their cost does not depend on the length of the log.
 */
export class SegmentLog {
  readonly #directory: string;
  readonly #segmentBytesMax: number;
  readonly #segmentAgeMsMax: number;
  /** Ascending; the last one is being written. */
  readonly #segments: Segment[];
  #file: FileHandle;
  #active: SegmentContents;

  #queue: PendingRecord[] = [];
  #queuedBytes = 0;
  #writing: Promise<void> | undefined;
  #broken: Error | undefined;
  readonly #listeners = new Set<() => void>();

  private constructor(
    directory: string,
    segments: Segment[],
    active: SegmentContents,
    file: FileHandle,
    options: SegmentLogOptions,
  ) {
    this.#directory = directory;
    this.#segments = segments;
    this.#active = active;
    this.#file = file;
    this.#segmentBytesMax = options.segmentBytesMax ?? SEGMENT_BYTES_MAX;
    this.#segmentAgeMsMax = options.segmentAgeMsMax ?? SEGMENT_AGE_MS_MAX;
  }

  /** Takes up the log in that directory, cutting off what a killed process left half written, or begins one. */
  static async open(directory: string, nowMs: number, options: SegmentLogOptions = {}): Promise<SegmentLog> {
    await mkdir(directory, { recursive: true });
    const names = (await readdir(directory)).sort();
    const segments = names.flatMap((name) => segmentNamed(directory, name) ?? []);
    const last = segments.at(-1);
    if (!last) {
      const first = segmentAt(directory, 1, nowMs);
      first.contents = emptyContents(first);
      return new SegmentLog(directory, [first], first.contents, await open(first.path, 'wx'), options);
    }
    last.contents = await scanSegment(last);
    const file = await open(last.path, 'r+');
    await file.truncate(last.contents.bytes);
    return new SegmentLog(directory, segments, last.contents, file, options);
  }

  /** Index of the oldest record that is kept; `nextIndex` where the log is empty. */
  get firstIndex(): number {
    return this.#segments[0]?.firstIndex ?? this.nextIndex;
  }

  /** Index that the next acknowledged record gets. */
  get nextIndex(): number {
    return this.#active.nextIndex;
  }

  /** Whether `append` takes so many more bytes now. */
  hasRoomFor(bytes: number): boolean {
    return this.#queuedBytes + bytes <= APPEND_QUEUE_BYTES_MAX;
  }

  /**
   * Queues a record before it returns, so records stand in the order of the calls; resolves with the record's index
   * once it is written. Arrival times never go back: a clock that does is held. Rejects when the disk refuses; the log
   * then goes on as if that record had not been. `data` must not change until then.
   */
  append(partitionKey: string, data: Uint8Array, arrivalMs: number): Promise<number> {
    const keyBytes = Buffer.byteLength(partitionKey);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#queue.push({ partitionKey, keyBytes, data, arrivalMs, resolve, reject });
    this.#queuedBytes += encodedBytes(keyBytes, data.length);
    this.#wakeWriter();
    return promise;
  }

  /** Calls `listener` after records became readable. Returns a function that ends it. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Records from `fromIndex` (or from the oldest kept) on, in order, as far as the limits allow. */
  async read(fromIndex: number, limits: ReadLimits): Promise<LogRecord[]> {
    const harvest: Harvest = { records: [], bytes: 0, full: limits.recordsMax < 1 };
    let index = fromIndex;
    const endIndex = this.nextIndex;
    while (!harvest.full && index < endIndex) {
      const segment = this.#segmentOf(index);
      const fromHere = Math.max(index, segment.firstIndex);
      const reachedIndex = await this.#whileKept(segment, async () =>
        harvestSegment(segment, await this.#contentsOf(segment), fromHere, limits, harvest),
      );
      index = reachedIndex ?? this.firstIndex;
    }
    return harvest.records;
  }

  /** Index of the first record that arrived at or after that time; `nextIndex` where none did. */
  async indexAtArrival(arrivalMs: number): Promise<number> {
    const segment = this.#segmentBefore(arrivalMs);
    const index = await this.#whileKept(segment, async () =>
      indexAtArrival(segment, await this.#contentsOf(segment), arrivalMs),
    );
    return index ?? this.firstIndex;
  }

  /** Deletes what arrived before `oldestMs`, as far as that fills segments whose successor begins before it, too. */
  async trim(oldestMs: number): Promise<void> {
    await this.#writing;
    if (this.#active.bytes > 0 && this.#active.lastArrivalMs < oldestMs && !this.#writing) {
      await this.#exclusively(() => this.#roll(this.#active.lastArrivalMs));
    }
    for (let second = this.#segments[1]; second && second.firstArrivalMs < oldestMs; second = this.#segments[1]) {
      const first = this.#segments.shift();
      if (first) await rm(first.path, { force: true });
    }
  }

  /** Waits for what is queued, then lets go of the file. */
  async close(): Promise<void> {
    while (this.#writing) await this.#writing;
    this.#broken ??= new Error(`the log in ${this.#directory} is closed`);
    await this.#file.close();
  }

  #wakeWriter(): void {
    // Everything that arrives in the same turn of the event loop goes into one write.
    if (!this.#writing) void this.#exclusively(() => new Promise(setImmediate).then(() => this.#writeQueue()));
  }

  /** Only one at a time writes, rolls or closes. */
  async #exclusively(work: () => Promise<void>): Promise<void> {
    this.#writing = work();
    try {
      await this.#writing;
    } finally {
      this.#writing = undefined;
      if (this.#queue.length > 0) this.#wakeWriter();
    }
  }

  async #writeQueue(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#takeBatch();
      try {
        if (this.#broken) throw this.#broken;
        await this.#writeBatch(batch);
      } catch (cause) {
        const error = new Error(`cannot append to the log in ${this.#directory}`, { cause });
        for (const record of batch) record.reject(error);
      }
    }
  }

  #takeBatch(): PendingRecord[] {
    let count = 0;
    let bytes = 0;
    for (const record of this.#queue) {
      bytes += encodedBytes(record.keyBytes, record.data.length);
      count += 1;
      if (bytes >= BATCH_BYTES_MAX) break;
    }
    this.#queuedBytes -= bytes;
    return this.#queue.splice(0, count);
  }

  async #writeBatch(batch: readonly PendingRecord[]): Promise<void> {
    const arrivalMs = Math.max(this.#active.lastArrivalMs, batch[0]?.arrivalMs ?? 0);
    if (this.#isActiveFull(arrivalMs)) await this.#roll(arrivalMs);
    const { bytes, headers } = encodeBatch(batch, this.#active);
    await this.#writeAll(bytes);
    for (const header of headers) include(this.#active, header);
    for (const [position, record] of batch.entries()) record.resolve(headers[position]?.index ?? 0);
    for (const listener of this.#listeners) listener();
  }

  #isActiveFull(arrivalMs: number): boolean {
    const openedMs = this.#segments.at(-1)?.firstArrivalMs ?? arrivalMs;
    return (
      this.#active.bytes >= this.#segmentBytesMax ||
      (this.#active.bytes > 0 && arrivalMs - openedMs >= this.#segmentAgeMsMax)
    );
  }

  /** Writes behind the last complete record. What a failed write left there is cut off before the next one. */
  async #writeAll(bytes: Buffer): Promise<void> {
    const startAt = this.#active.bytes;
    try {
      let written = 0;
      while (written < bytes.length) {
        written += (await this.#file.write(bytes, written, bytes.length - written, startAt + written)).bytesWritten;
      }
    } catch (cause) {
      await this.#file.truncate(startAt).catch((error: unknown) => {
        this.#broken = new Error(`the log in ${this.#directory} can be neither written nor truncated`, {
          cause: error,
        });
      });
      throw cause;
    }
  }

  /** Begins a new segment behind the last record. */
  async #roll(firstArrivalMs: number): Promise<void> {
    const segment = segmentAt(this.#directory, this.nextIndex, Math.max(firstArrivalMs, this.#active.lastArrivalMs));
    const file = await open(segment.path, 'wx');
    segment.contents = emptyContents(segment);
    const previous = this.#file;
    this.#file = file;
    this.#active = segment.contents;
    this.#segments.push(segment);
    await previous.close();
  }

  /** The segment that holds the record of that index, or the oldest for one that is gone. */
  #segmentOf(index: number): Segment {
    const firsts = this.#segments.map((segment) => segment.firstIndex);
    return this.#segmentAt(lastBelow(firsts, index + 1));
  }

  /** The last segment that begins before that time, or the oldest. */
  #segmentBefore(arrivalMs: number): Segment {
    const firsts = this.#segments.map((segment) => segment.firstArrivalMs);
    return this.#segmentAt(lastBelow(firsts, arrivalMs));
  }

  #segmentAt(position: number): Segment {
    const segment = this.#segments[Math.max(0, position)];
    assert(segment, `the log in ${this.#directory} has no segment`);
    return segment;
  }

  /** Scans a segment of an earlier process when it is first read. Throws where it does not reach up to the next one. */
  async #contentsOf(segment: Segment): Promise<SegmentContents> {
    if (segment.contents) return segment.contents;
    const contents = await scanSegment(segment);
    const next = this.#segments[this.#segments.indexOf(segment) + 1];
    if (next && next.firstIndex !== contents.nextIndex) throw damaged(segment, contents.nextIndex);
    segment.contents = contents;
    return contents;
  }

  /** Does work on a segment; undefined where retention deleted it meanwhile. */
  async #whileKept<Result>(segment: Segment, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (cause) {
      if (this.#segments.includes(segment)) throw cause;
      return undefined;
    }
  }
}

/** The batch as it goes to disk, numbered from where `active` ends. */
function encodeBatch(
  batch: readonly PendingRecord[],
  active: SegmentContents,
): { bytes: Buffer; headers: readonly RecordHeader[] } {
  const totalBytes = batch.reduce((sum, { keyBytes, data }) => sum + encodedBytes(keyBytes, data.length), 0);
  const bytes = Buffer.allocUnsafe(totalBytes);
  let offset = 0;
  let arrivalMs = active.lastArrivalMs;
  const headers = batch.map((record, position) => {
    arrivalMs = Math.max(arrivalMs, record.arrivalMs);
    const index = active.nextIndex + position;
    const startAt = offset;
    offset = encodeRecord(bytes, startAt, { ...record, index, arrivalMs });
    return { index, arrivalMs, bytes: offset - startAt };
  });
  return { bytes, headers };
}
