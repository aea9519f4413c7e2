import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { APPEND_QUEUE_BYTES_MAX, SegmentLog, type SegmentLogOptions } from '../../../local/kinesis/segment-log.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const ALL = { recordsMax: Number.POSITIVE_INFINITY, bytesMax: Number.POSITIVE_INFINITY };

async function openLog(directory: string, options?: SegmentLogOptions): Promise<SegmentLog> {
  const log = await SegmentLog.open(directory, 0, options);
  onTestFinished(() => log.close().catch(() => undefined));
  return log;
}

const append = (log: SegmentLog, text: string, arrivalMs = 1): Promise<number> =>
  log.append('key', Buffer.from(text), arrivalMs);

const texts = async (log: SegmentLog, fromIndex = 1): Promise<string[]> =>
  (await log.read(fromIndex, ALL)).map(({ data }) => data.toString());

describe('a segment log', () => {
  it('keeps the order of the calls, whenever they resolve', async () => {
    const log = await openLog(await temporaryDirectory());
    const words = Array.from({ length: 1000 }, (_, number) => `record ${number}`);
    const indexes = await Promise.all(words.map((word) => append(log, word)));
    expect(indexes).toEqual(words.map((_, number) => number + 1));
    expect(await texts(log)).toEqual(words);
  });

  it('shows a record only after it was acknowledged', async () => {
    const log = await openLog(await temporaryDirectory());
    const appended = append(log, 'first');
    expect(await texts(log)).toEqual([]);
    await appended;
    expect(await texts(log)).toEqual(['first']);
  });

  it('goes on behind its last record after a restart', async () => {
    const directory = await temporaryDirectory();
    const before = await openLog(directory);
    await append(before, 'first');
    await before.close();
    const after = await openLog(directory);
    expect(await append(after, 'second')).toBe(2);
    expect(await texts(after)).toEqual(['first', 'second']);
  });

  it('writes what is queued before it closes, and takes nothing afterwards', async () => {
    const directory = await temporaryDirectory();
    const log = await openLog(directory);
    const appended = append(log, 'last');
    await log.close();
    await expect(appended).resolves.toBe(1);
    await expect(append(log, 'too late')).rejects.toThrow('cannot append');
    expect(await texts(await openLog(directory))).toEqual(['last']);
  });

  it('keeps keys, data and arrival times, also of records larger than any read', async () => {
    const log = await openLog(await temporaryDirectory());
    const large = Buffer.alloc(3 * 1024 * 1024, 'large');
    await Promise.all([log.append('', Buffer.alloc(0), 5), log.append('北-🚦', large, 6), log.append('k', large, 7)]);
    const [first, second, third] = await log.read(1, ALL);
    expect(first).toMatchObject({ index: 1, arrivalMs: 5, partitionKey: '' });
    expect(first?.data).toHaveLength(0);
    expect(second).toMatchObject({ index: 2, arrivalMs: 6, partitionKey: '北-🚦' });
    expect(second?.data.equals(large)).toBe(true);
    expect(third?.data.equals(large)).toBe(true);
  });

  it('tells its listeners that records can be read, until they leave', async () => {
    const log = await openLog(await temporaryDirectory());
    const heard: number[] = [];
    const leave = log.onAppend(() => heard.push(log.nextIndex));
    await Promise.all([append(log, 'a'), append(log, 'b')]);
    expect(heard).toEqual([3]);
    leave();
    await append(log, 'c');
    expect(heard).toEqual([3]);
  });

  it('says when more waits for the disk than it wants to hold', async () => {
    const log = await openLog(await temporaryDirectory());
    const quarter = Buffer.alloc(APPEND_QUEUE_BYTES_MAX / 4);
    expect(log.hasRoomFor(APPEND_QUEUE_BYTES_MAX)).toBe(true);
    expect(log.hasRoomFor(APPEND_QUEUE_BYTES_MAX + 1)).toBe(false);
    const appended = [1, 2, 3].map(() => log.append('k', quarter, 1));
    expect(log.hasRoomFor(quarter.length)).toBe(false);
    await Promise.all(appended);
    expect(log.hasRoomFor(APPEND_QUEUE_BYTES_MAX)).toBe(true);
  });
});

describe('a torn segment log', () => {
  /** A log of three records, and how long its file is with two of them. */
  async function threeRecords(): Promise<{ file: string; directory: string; bytes: Buffer; intactBytes: number }> {
    const directory = await temporaryDirectory();
    const log = await openLog(directory);
    await append(log, 'one');
    await append(log, 'two');
    const [name = ''] = await readdir(directory);
    const file = join(directory, name);
    const intactBytes = (await readFile(file)).length;
    await append(log, 'three');
    await log.close();
    return { file, directory, bytes: await readFile(file), intactBytes };
  }

  async function expectTwoLeft(directory: string, file: string, intactBytes: number): Promise<void> {
    const log = await SegmentLog.open(directory, 0);
    expect(await texts(log)).toEqual(['one', 'two']);
    expect((await readFile(file)).length).toBe(intactBytes);
    expect(await append(log, 'again')).toBe(3);
    expect(await texts(log)).toEqual(['one', 'two', 'again']);
    await log.close();
  }

  it('loses its last record wherever that is cut off, and nothing else', async () => {
    const { file, directory, bytes, intactBytes } = await threeRecords();
    for (let length = intactBytes; length < bytes.length; length += 1) {
      await writeFile(file, bytes);
      await truncate(file, length);
      await expectTwoLeft(directory, file, intactBytes);
    }
  });

  it('loses its last record whichever byte of that is wrong, and nothing else', async () => {
    const { file, directory, bytes, intactBytes } = await threeRecords();
    for (let at = intactBytes; at < bytes.length; at += 1) {
      const wrong = Buffer.from(bytes);
      wrong.writeUInt8(wrong.readUInt8(at) ^ 0xff, at);
      await writeFile(file, wrong);
      await expectTwoLeft(directory, file, intactBytes);
    }
  });

  it('cuts off zeros, which a file system may leave behind the end', async () => {
    const { file, directory, bytes, intactBytes } = await threeRecords();
    await writeFile(file, Buffer.concat([bytes.subarray(0, intactBytes), Buffer.alloc(4096)]));
    await expectTwoLeft(directory, file, intactBytes);
  });
});

describe('the segments of a log', () => {
  /** Three records of 22 + 3 + 8 bytes: the third one fills a segment. */
  const small = { segmentBytesMax: 99 };
  const segments = async (directory: string): Promise<number> => (await readdir(directory)).length;

  it('are as large as allowed, and are read as one', async () => {
    const directory = await temporaryDirectory();
    const log = await openLog(directory, small);
    const words = Array.from({ length: 50 }, (_, number) => `record ${number}`);
    for (const word of words) await append(log, word);
    expect(await segments(directory)).toBe(17);
    expect(await texts(log)).toEqual(words);
    await log.close();
    const again = await openLog(directory, small);
    expect(await texts(again)).toEqual(words);
    expect(await texts(again, 30)).toEqual(words.slice(29));
  });

  it('begin anew when they are as old as allowed', async () => {
    const directory = await temporaryDirectory();
    const log = await openLog(directory, { segmentAgeMsMax: 1000 });
    await append(log, 'a', 0);
    await append(log, 'b', 999);
    expect(await segments(directory)).toBe(1);
    await append(log, 'c', 1000);
    expect(await segments(directory)).toBe(2);
  });

  it('are deleted when all their records are too old, the youngest too', async () => {
    const directory = await temporaryDirectory();
    const log = await openLog(directory, small);
    for (let second = 0; second < 12; second += 1) await append(log, `record ${second}`, second * 1000);
    expect(await segments(directory)).toBe(4);

    await log.trim(3000);
    expect(log.firstIndex).toBe(1);
    await log.trim(3001);
    expect(log.firstIndex).toBe(4);
    expect((await texts(log))[0]).toBe('record 3');
    await log.trim(11_000);
    expect(log.firstIndex).toBe(10);
    await log.trim(11_001);
    expect(log.firstIndex).toBe(13);
    expect(await texts(log)).toEqual([]);
    expect(await segments(directory)).toBe(1);

    await log.close();
    expect(await append(await openLog(directory), 'after')).toBe(13);
  });

  it('are read by nobody in vain who asks for what is deleted', async () => {
    const directory = await temporaryDirectory();
    const log = await openLog(directory, small);
    for (let second = 0; second < 12; second += 1) await append(log, `record ${second}`, second * 1000);
    const [read] = await Promise.all([texts(log), log.trim(9001)]);
    expect(read.at(-1)).toBe('record 11');
    expect(await texts(log, 1)).toEqual(['record 9', 'record 10', 'record 11']);
  });

  it('that were changed from outside are reported, not passed over', async () => {
    const directory = await temporaryDirectory();
    const log = await openLog(directory, small);
    for (let number = 0; number < 12; number += 1) await append(log, `record ${number}`);
    const [name = ''] = (await readdir(directory)).sort();
    const bytes = await readFile(join(directory, name));
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    await writeFile(join(directory, name), bytes);
    await expect(log.read(1, ALL)).rejects.toThrow('does not match its checksum');
    await log.close();
    const again = await openLog(directory, small);
    await expect(again.read(1, ALL)).rejects.toThrow('does not match its checksum');
    expect(await texts(again, 4)).toHaveLength(9);
  });
});

describe('a segment log, against an array', () => {
  interface Model {
    readonly partitionKey: string;
    readonly data: string;
    readonly arrivalMs: number;
  }

  /** Records that arrive later and later, some at the same time. */
  const records = fc
    .array(
      fc.record({
        partitionKey: fc.string({ maxLength: 8, unit: 'grapheme' }),
        data: fc.string({ maxLength: 400 }),
        gapMs: fc.integer({ min: 0, max: 3 }),
      }),
      { minLength: 1, maxLength: 60 },
    )
    .map((made) => {
      let arrivalMs = 1000;
      return made.map(({ partitionKey, data, gapMs }): Model => {
        arrivalMs += gapMs;
        return { partitionKey, data, arrivalMs };
      });
    });

  /** The obvious way: from the place on, while they fit, at least one. */
  function expectedRead(all: readonly Model[], fromIndex: number, recordsMax: number, bytesMax: number): Model[] {
    const taken: Model[] = [];
    let bytes = 0;
    for (const record of all.slice(fromIndex - 1)) {
      bytes += Buffer.byteLength(record.partitionKey + record.data);
      if (taken.length === recordsMax || (taken.length > 0 && bytes > bytesMax)) break;
      taken.push(record);
    }
    return taken;
  }

  it('reads the same from any place, under any limits, before and after a restart', async () => {
    const places = fc.record({
      fromIndex: fc.integer({ min: 1, max: 70 }),
      recordsMax: fc.integer({ min: 1, max: 70 }),
      bytesMax: fc.integer({ min: 0, max: 5000 }),
      arrivalMs: fc.integer({ min: 995, max: 1200 }),
    });
    await fc.assert(
      fc.asyncProperty(records, places, fc.constantFrom(100, 1000, 100_000), async (all, place, segmentBytesMax) => {
        const directory = await temporaryDirectory();
        let log = await SegmentLog.open(directory, 0, { segmentBytesMax });
        for (const { partitionKey, data, arrivalMs } of all) {
          await log.append(partitionKey, Buffer.from(data), arrivalMs);
        }
        for (const round of ['same process', 'restarted']) {
          const read = await log.read(place.fromIndex, place);
          expect(
            read.map(({ partitionKey, data, arrivalMs }) => ({ partitionKey, data: data.toString(), arrivalMs })),
            round,
          ).toEqual(expectedRead(all, place.fromIndex, place.recordsMax, place.bytesMax));
          const position = all.findIndex(({ arrivalMs }) => arrivalMs >= place.arrivalMs);
          expect(await log.indexAtArrival(place.arrivalMs), round).toBe(position < 0 ? all.length + 1 : position + 1);
          await log.close();
          log = await SegmentLog.open(directory, 0, { segmentBytesMax });
        }
        await log.close();
      }),
      { numRuns: 60 },
    );
  });
});
