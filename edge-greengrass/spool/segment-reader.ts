import { open } from 'node:fs/promises';
import type { SpooledRecord } from '../ports.ts';
import { recordsOf, type Segment, SEGMENT_MAGIC } from './segment.ts';

/** Reads one segment after the other, each wholly into memory, and goes on where it was. */
export interface SegmentReader {
  /**
   * In order, from the first at or after `from`, at most `bytesMax` of them but one in any case.
   *
   * @param missing told of positions that no sound record has, each once
   */
  read(
    segment: Segment,
    from: number,
    bytesMax: number,
    missing: (first: number, last: number) => void,
  ): Promise<readonly SpooledRecord[]>;
  /** The segment is gone. */
  forget(segment: Segment): void;
}

/** How far a segment has been read. */
interface Cursor {
  readonly segment: Segment;
  readonly bytes: Buffer;
  /** The last position in `bytes`. */
  readonly last: number;
  /** The next record's, and where to look for it. */
  position: number;
  at: number;
}

export function createSegmentReader(): SegmentReader {
  let current: Cursor | undefined;

  /** A segment as it is now; where the reading before ended, if what is wanted stands behind. */
  const cursorAt = async (segment: Segment, from: number): Promise<Cursor> => {
    const isThere = current?.segment === segment && current.last === segment.last && current.position <= from;
    if (current && isThere) return current;
    const { first, last } = segment;
    current = { segment, last, bytes: await readUpTo(segment), position: first, at: SEGMENT_MAGIC.length };
    return current;
  };

  return {
    async read(segment, from, bytesMax, missing) {
      const cursor = await cursorAt(segment, from);
      const records: SpooledRecord[] = [];
      let bytes = 0;
      const note = (last: number): void => {
        if (last >= cursor.position) missing(Math.max(cursor.position, segment.checkedTo + 1), last);
        segment.checkedTo = Math.max(segment.checkedTo, last);
      };
      for (const record of recordsOf(cursor.bytes, cursor.at, cursor.position, cursor.last)) {
        const isWanted = record.position >= from;
        if (isWanted && records.length > 0 && bytes + record.bytes.length > bytesMax) return records;
        note(record.position - 1);
        [cursor.position, cursor.at] = [record.position + 1, record.endAt];
        if (!isWanted) continue;
        bytes += record.bytes.length;
        const { position, appendedAtMs } = record;
        records.push({ position: BigInt(position), appendedAtMs, bytes: record.bytes });
      }
      note(cursor.last);
      return records;
    },
    forget(segment) {
      if (current?.segment === segment) current = undefined;
    },
  };
}

async function readUpTo({ path, bytes }: Segment): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(bytes);
    const { bytesRead } = await file.read(buffer, 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
