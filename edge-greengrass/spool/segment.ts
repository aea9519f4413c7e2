import { constants } from 'node:fs';
import { type FileHandle, open, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { findRecord, RECORD_HEADER_BYTES, type StoredRecord } from './record.ts';

/** What every segment begins with; another format gets another one. */
export const SEGMENT_MAGIC = Buffer.from('cwspool1');

const FILE_NAME = /^(?<first>\d{15})\.segment$/;
const POSITION_DIGITS = 15;

/** One file of records in the order of their positions. It is only ever appended to, and goes as a whole. */
export interface Segment {
  readonly path: string;
  /** The position that its first record has, also if that is damaged. */
  readonly first: number;
  /** The last position that may be in it. */
  last: number;
  /** As far as they survive a crash. */
  bytes: number;
  oldestAtMs: number;
  /** No record in it is newer. */
  newestAtMs: number;
  /** Positions up to here have been looked at: what was missing there is counted. */
  checkedTo: number;
}

/** A file that is durable as soon as a write to it returns: one call for what would be a write and an fsync. */
export async function createSegmentFile(directory: string, first: number): Promise<[path: string, file: FileHandle]> {
  const file = path.join(directory, `${String(first).padStart(POSITION_DIGITS, '0')}.segment`);
  const { O_CREAT, O_TRUNC, O_WRONLY, O_DSYNC } = constants;
  const handle = await open(file, O_CREAT | O_TRUNC | O_WRONLY | O_DSYNC, 0o600);
  try {
    await syncDirectory(directory);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return [file, handle];
}

/** A new name in a directory survives a crash only once the directory is synced (fsync(2)). */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * The segments of a directory. The names tell where each begins and so where the one before ends, so that only the last
 * one has to be read wholly; of the others, the first record tells the time.
 */
export async function recoverSegments(directory: string): Promise<Segment[]> {
  const firsts = (await readdir(directory)).flatMap((name) => {
    const first = FILE_NAME.exec(name)?.groups?.['first'];
    return first === undefined ? [] : [{ file: path.join(directory, name), first: Number(first) }];
  });
  firsts.sort((one, other) => one.first - other.first);
  const segments: Segment[] = [];
  for (const [index, { file, first }] of firsts.entries()) {
    const next = firsts[index + 1];
    const segment = next ? await openingOf(file, first, next.first - 1) : await wholeOf(file, first);
    if (!segment) {
      await rm(file, { force: true });
      continue;
    }
    const before = segments.at(-1);
    if (before) before.newestAtMs = Math.max(before.newestAtMs, segment.oldestAtMs);
    segments.push(segment);
  }
  return segments;
}

async function openingOf(file: string, first: number, last: number): Promise<Segment> {
  const handle = await open(file, 'r');
  try {
    const { size, mtimeMs } = await handle.stat();
    const { buffer } = await handle.read(Buffer.alloc(OPENING_BYTES), 0, OPENING_BYTES, 0);
    const record = findRecord(buffer, SEGMENT_MAGIC.length, first, first);
    const oldestAtMs = record?.appendedAtMs ?? Math.floor(mtimeMs);
    return { path: file, first, last, bytes: size, oldestAtMs, newestAtMs: oldestAtMs, checkedTo: first - 1 };
  } finally {
    await handle.close();
  }
}

/** Enough for the first record of a reading; of a larger one, the file's own time serves. */
const OPENING_BYTES = 4096;

/** Undefined where no record in it is sound: what a crash left of a write that nobody was told of. */
async function wholeOf(file: string, first: number): Promise<Segment | undefined> {
  const bytes = await readFile(file);
  const lastPossible = first + Math.floor(bytes.length / RECORD_HEADER_BYTES);
  let segment: Segment | undefined;
  for (const { position, appendedAtMs, endAt } of recordsOf(bytes, SEGMENT_MAGIC.length, first, lastPossible)) {
    segment ??= { path: file, first, last: 0, bytes: 0, oldestAtMs: appendedAtMs, newestAtMs: 0, checkedTo: first - 1 };
    segment.last = position;
    segment.bytes = endAt;
    segment.newestAtMs = Math.max(segment.newestAtMs, appendedAtMs);
  }
  return segment;
}

/** The sound records from `at` on. */
export function* recordsOf(bytes: Buffer, at: number, first: number, last: number): Generator<StoredRecord> {
  let next = findRecord(bytes, at, first, last);
  while (next) {
    yield next;
    next = findRecord(bytes, next.endAt, next.position + 1, last);
  }
}
