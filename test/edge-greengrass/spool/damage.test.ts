import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { RECORD_HEADER_BYTES } from '../../../edge-greengrass/spool/record.ts';
import { appendText, openSpool, segmentsOf, spoolDirectory, textsOf } from './spool-directory.ts';

const TEXTS = ['first', 'second', 'third', 'fourth'];
/** Where the last of them begins: behind eight bytes of the file's own and the three before it. */
const LAST_AT = 8 + TEXTS.slice(0, 3).reduce((sum, text) => sum + RECORD_HEADER_BYTES + text.length, 0);
const END_AT = LAST_AT + RECORD_HEADER_BYTES + 'fourth'.length;

/** A directory with one segment that holds the four. */
async function written(): Promise<{ readonly directory: string; readonly file: string }> {
  const directory = await spoolDirectory();
  const spool = await openSpool(directory);
  for (const text of TEXTS) await appendText(spool, 'normal', text);
  await spool.close();
  const [file = ''] = await segmentsOf(directory, 'normal');
  return { directory, file };
}

/** What a spool holds when it opens, whether it takes another record, and how many it misses. */
async function opened(directory: string) {
  const spool = await openSpool(directory);
  const before = await textsOf(spool, 'normal');
  await appendText(spool, 'normal', 'next');
  const after = await textsOf(spool, 'normal');
  await spool.close();
  expect(after).toEqual([...before, 'next']);
  return { texts: before, damaged: spool.state().normal.dropped.damaged };
}

describe('a spool that finds its last record torn', () => {
  it('at each of its bytes, with nothing or zeros behind, holds those before it and goes on', async () => {
    const { directory, file } = await written();
    const whole = await readFile(file);
    for (let length = LAST_AT; length < END_AT; length += 1) {
      for (const zeros of [0, 4096]) {
        await rm(directory, { recursive: true });
        const spool = await openSpool(directory);
        await spool.close();
        await writeFile(file, Buffer.concat([whole.subarray(0, length), Buffer.alloc(zeros)]));
        expect(await opened(directory)).toEqual({ texts: TEXTS.slice(0, 3), damaged: 0 });
      }
    }
    await rm(directory, { recursive: true });
    await (await openSpool(directory)).close();
    await writeFile(file, whole.subarray(0, END_AT));
    expect(await opened(directory)).toEqual({ texts: TEXTS, damaged: 0 });
  });
});

describe('a spool that finds a record damaged', () => {
  it('at each byte of it, gives all others, and counts it', async () => {
    const { directory, file } = await written();
    const whole = await readFile(file);
    const secondAt = 8 + RECORD_HEADER_BYTES + 'first'.length;
    for (let at = secondAt; at < secondAt + RECORD_HEADER_BYTES + 'second'.length; at += 1) {
      await rm(directory, { recursive: true });
      await (await openSpool(directory)).close();
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 0x55, at);
      await writeFile(file, bytes);
      expect(await opened(directory)).toEqual({ texts: ['first', 'third', 'fourth'], damaged: 1 });
    }
  });

  it('in a segment that is followed by another, with its end cut off, goes on with that', async () => {
    const { directory, file } = await written();
    await opened(directory);
    await truncate(file, LAST_AT - 3);
    expect(await opened(directory)).toEqual({ texts: ['first', 'second', 'next'], damaged: 2 });
  });

  it('where a whole segment is noise, counts all of it', async () => {
    const { directory, file } = await written();
    await opened(directory);
    await writeFile(file, Buffer.alloc(5000, 'cw'));
    expect(await opened(directory)).toEqual({ texts: ['next'], damaged: 4 });
  });

  it('and counts once what it reads twice', async () => {
    const { directory, file } = await written();
    await truncate(file, END_AT);
    const bytes = await readFile(file);
    bytes.fill(0, 8 + RECORD_HEADER_BYTES, LAST_AT - 5);
    await writeFile(file, bytes);
    const spool = await openSpool(directory);
    expect([await textsOf(spool, 'normal'), await textsOf(spool, 'normal')]).toEqual([['fourth'], ['fourth']]);
    expect(spool.state().normal.dropped.damaged).toBe(3);
    await spool.close();
  });

  it('starts from the beginning of what is held where it does not know what was released', async () => {
    const { directory } = await written();
    const spool = await openSpool(directory);
    await spool.release('normal', 2n);
    await spool.close();
    await writeFile(`${directory}/positions.json`, '{"normal":');
    expect((await opened(directory)).texts).toEqual(TEXTS);
  });
});
