import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type LogRecord, type RecordHeader, decodeHeader, decodeRecord, isIntact } from './record-format.ts';
import { SparseIndex } from './sparse-index.ts';

/** One file of a shard's log. Its name says where it begins, so that opening a log reads only its last segment. */
export interface Segment {
  readonly path: string;
  /** Index of the first record that it holds or will hold. */
  readonly firstIndex: number;
  /** No record in it arrived earlier. */
  readonly firstArrivalMs: number;
  /** Complete records only; undefined until somebody reads a segment that an earlier process wrote. */
  contents: SegmentContents | undefined;
}

export interface SegmentContents {
  bytes: number;
  nextIndex: number;
  lastArrivalMs: number;
  readonly index: SparseIndex;
}

const SEGMENT_NAME = /^(\d{15})-(\d{15})\.log$/;
const NAME_DIGITS = 15;
/** A look at the tail of a log costs one small read; whoever goes on reading gets larger and larger ones. */
const READ_BYTES_FIRST = 32 * 1024;
const READ_BYTES_MAX = 1024 * 1024;

export function segmentAt(directory: string, firstIndex: number, firstArrivalMs: number): Segment {
  const name = [firstIndex, firstArrivalMs].map((part) => String(part).padStart(NAME_DIGITS, '0')).join('-');
  return { path: join(directory, `${name}.log`), firstIndex, firstArrivalMs, contents: undefined };
}

/** The segment that a file name stands for, or undefined for a file that is none. */
export function segmentNamed(directory: string, fileName: string): Segment | undefined {
  const match = SEGMENT_NAME.exec(fileName);
  return match ? segmentAt(directory, Number(match[1]), Number(match[2])) : undefined;
}

export function emptyContents(segment: Segment): SegmentContents {
  return {
    bytes: 0,
    nextIndex: segment.firstIndex,
    lastArrivalMs: segment.firstArrivalMs,
    index: new SparseIndex(),
  };
}

/** Takes one more record, written behind the others, into the account of a segment. */
export function include(contents: SegmentContents, header: RecordHeader): void {
  contents.index.add(header.index, header.arrivalMs, contents.bytes);
  contents.bytes += header.bytes;
  contents.nextIndex = header.index + 1;
  contents.lastArrivalMs = header.arrivalMs;
}

/**
 * Reads a segment from its beginning to its end, or to the first record that is cut short, damaged or out of turn:
 * there a process was stopped in the middle of a write, and nothing behind it was ever acknowledged.
 */
export async function scanSegment(segment: Segment): Promise<SegmentContents> {
  const contents = emptyContents(segment);
  const { size } = await stat(segment.path);
  await visitRecords(segment.path, { startAt: 0, endAt: size }, (buffer, offset, header) => {
    if (header.index !== contents.nextIndex || !isIntact(buffer, offset, header)) return 'stop';
    include(contents, header);
    return 'go on';
  });
  return contents;
}

export interface ReadLimits {
  readonly recordsMax: number;
  /** Of data and partition keys. The first record is returned however large it is. */
  readonly bytesMax: number;
}

/** Records gathered from one segment after the other. */
export interface Harvest {
  readonly records: LogRecord[];
  bytes: number;
  full: boolean;
}

/**
 * Adds the segment's records from `fromIndex` on to the harvest until it is full, and returns the index behind them.
 * Throws where a record is damaged.
 */
export async function harvestSegment(
  segment: Segment,
  contents: SegmentContents,
  fromIndex: number,
  limits: ReadLimits,
  harvest: Harvest,
): Promise<number> {
  const range = { startAt: contents.index.offsetOfIndex(fromIndex), endAt: contents.bytes };
  const endIndex = contents.nextIndex;
  let expectedIndex = fromIndex;
  await visitRecords(segment.path, range, (buffer, offset, header) => {
    if (header.index < fromIndex) return 'go on';
    if (header.index !== expectedIndex || !isIntact(buffer, offset, header)) throw damaged(segment, expectedIndex);
    expectedIndex += 1;
    const record = decodeRecord(buffer, offset, header);
    const recordBytes = record.data.length + Buffer.byteLength(record.partitionKey);
    harvest.full = harvest.records.length > 0 && harvest.bytes + recordBytes > limits.bytesMax;
    if (harvest.full) return 'stop';
    harvest.records.push(record);
    harvest.bytes += recordBytes;
    harvest.full = harvest.records.length >= limits.recordsMax;
    return harvest.full ? 'stop' : 'go on';
  });
  if (!harvest.full && expectedIndex !== endIndex) throw damaged(segment, expectedIndex);
  return expectedIndex;
}

/** Index of the segment's first record that arrived at or after `arrivalMs`; its `nextIndex` where none did. */
export async function indexAtArrival(segment: Segment, contents: SegmentContents, arrivalMs: number): Promise<number> {
  const range = { startAt: contents.index.offsetOfArrival(arrivalMs), endAt: contents.bytes };
  let index = contents.nextIndex;
  await visitRecords(segment.path, range, (_buffer, _offset, header) => {
    if (header.arrivalMs < arrivalMs) return 'go on';
    index = header.index;
    return 'stop';
  });
  return index;
}

/** Only the end of the last segment can be torn by a crash; anything else is somebody else's doing. */
export function damaged(segment: Segment, index: number): Error {
  return new Error(
    `record ${index} of ${segment.path} is missing or does not match its checksum: the file was changed from outside; ` +
      'restore it, or delete the data directory to start afresh',
  );
}

interface FileRange {
  /** Offset of a record. */
  readonly startAt: number;
  readonly endAt: number;
}

/** Shows every record that lies whole within the range to `visit`, until it says stop or a record is cut short. */
async function visitRecords(
  path: string,
  { startAt, endAt }: FileRange,
  visit: (buffer: Buffer, offset: number, header: RecordHeader) => 'go on' | 'stop',
): Promise<void> {
  const file = await open(path, 'r');
  try {
    let position = startAt;
    let wantedBytes = READ_BYTES_FIRST;
    while (position < endAt) {
      const buffer = Buffer.allocUnsafe(Math.min(wantedBytes, endAt - position));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      const chunk = buffer.subarray(0, bytesRead);
      let offset = 0;
      let header = decodeHeader(chunk, offset);
      while (header && offset + header.bytes <= chunk.length) {
        if (visit(chunk, offset, header) === 'stop') return;
        offset += header.bytes;
        header = decodeHeader(chunk, offset);
      }
      const nextBytes = header?.bytes ?? 0;
      if (offset === 0 && (nextBytes <= wantedBytes || position + nextBytes > endAt)) return;
      // A record that is larger than a chunk is read again in one piece.
      wantedBytes = Math.max(Math.min(2 * wantedBytes, READ_BYTES_MAX), nextBytes);
      position += offset;
    }
  } finally {
    await file.close();
  }
}
