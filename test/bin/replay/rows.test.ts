import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FileRow, readRows } from '../../../bin/replay/rows.ts';
import type { FileFormat } from '../../../core/schema/city-config.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cityweave-rows-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function rowsOf(content: string | Uint8Array, format: FileFormat): Promise<{ rows: FileRow[]; bytes: number }> {
  const file = path.join(directory, `${Math.random()}`);
  await writeFile(file, content);
  let bytes = 0;
  const rows: FileRow[] = [];
  for await (const row of readRows(file, format, (read) => (bytes += read))) rows.push(row);
  return { rows, bytes };
}

const CSV: FileFormat = { format: 'csv' };
const NDJSON: FileFormat = { format: 'ndjson' };
const expected = [
  { ok: true, line: 2, fields: { id: 'a', value: '1' } },
  { ok: true, line: 3, fields: { id: 'b', value: '2' } },
];

describe('rows of a file', () => {
  it.each([
    ['CSV', 'id,value\na,1\nb,2\n', CSV],
    ['CSV without a last newline', 'id,value\na,1\nb,2', CSV],
    ['CSV with CRLF and a byte order mark', '\uFEFFid,value\r\na,1\r\nb,2\r\n', CSV],
    ['CSV with semicolons', 'id;value\na;1\nb;2\n', { format: 'csv', delimiter: ';' } as const],
    ['gzipped CSV', gzipSync('id,value\na,1\nb,2\n'), CSV],
  ])('are read from %s', async (_, content, format) => {
    const { rows, bytes } = await rowsOf(content, format);
    expect(rows).toEqual(expected);
    expect(bytes).toBe(Buffer.byteLength(content));
  });

  it('are read below header lines, and counted with them', async () => {
    const content = 'Site report\nUnits: ug/m3\n\nid,value\na,1\n';
    const { rows } = await rowsOf(content, { format: 'csv', skipLines: 3 });
    expect(rows).toEqual([{ ok: true, line: 5, fields: { id: 'a', value: '1' } }]);
  });

  it('keep quoted separators and newlines', async () => {
    const { rows } = await rowsOf('id,value\n"a,b","1\n2"\n', CSV);
    expect(rows).toMatchObject([{ ok: true, fields: { id: 'a,b', value: '1\n2' } }]);
  });

  it('are read from NDJSON, good ones beside bad ones', async () => {
    const { rows } = await rowsOf('\uFEFF{"id":"a"}\n\n{"id":\n[1]\n{"id":"b"}\r\n', NDJSON);
    expect(rows.map(({ line, ok }) => [line, ok])).toEqual([
      [1, true],
      [3, false],
      [4, false],
      [5, true],
    ]);
  });

  it('are read from lines by a pattern, with what their JSON holds by path', async () => {
    const pattern = '^(?<at>\\S+) /feed/(?<bus>\\d+).* (?<json>\\{.*\\})$';
    const content = 't1 /feed/7/Mellunmäki (M)/x {"VP":{"spd":3,"lat":null},"n":[1]}\nother\n\nt2 /feed/8 {"VP":\n';
    const { rows } = await rowsOf(`${content}t3 /feed/9 {"VP":}\n`, { format: 'lines', pattern });
    expect(rows).toEqual([
      { ok: true, line: 1, fields: { at: 't1', bus: '7', 'VP.spd': 3, 'VP.lat': null, n: [1] } },
      { ok: false, line: 2, detail: "does not match the mapping's pattern: other" },
      { ok: false, line: 4, detail: expect.stringMatching(/^does not match/) },
      { ok: false, line: 5, detail: expect.stringMatching(/^not JSON/) },
    ]);
  });

  it('are read from lines without JSON', async () => {
    const { rows } = await rowsOf('a=1\nb=2\n', { format: 'lines', pattern: '^(?<id>\\w)=(?<value>\\d)$' });
    expect(rows).toEqual([
      { ok: true, line: 1, fields: { id: 'a', value: '1' } },
      { ok: true, line: 2, fields: { id: 'b', value: '2' } },
    ]);
  });

  it('are none in an empty file', async () => {
    expect((await rowsOf('', CSV)).rows).toEqual([]);
    expect((await rowsOf('', NDJSON)).rows).toEqual([]);
  });

  it('say that a gzipped file is cut off', async () => {
    const whole = gzipSync('id,value\n'.concat('a,1\n'.repeat(5000)));
    await expect(rowsOf(whole.subarray(0, whole.length - 12), CSV)).rejects.toThrow('unexpected end of file');
  });

  it('go through where a row has too few or too many fields', async () => {
    const { rows } = await rowsOf('id,value\na\nb,2,3\nc,4\n', CSV);
    expect(rows.map(({ line }) => line)).toEqual([2, 3, 4]);
    expect(rows.at(-1)).toEqual({ ok: true, line: 4, fields: { id: 'c', value: '4' } });
  });
});
