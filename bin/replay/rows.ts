import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import type { FileFormat } from '../../core/schema/city-config.ts';

/** One row of a file; `line` counts from 1 and includes the lines before the columns' names. */
export type FileRow =
  | { readonly ok: true; readonly line: number; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly line: number; readonly detail: string };

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
/** No field of a city's export comes near it; a file that is not CSV at all does. */
const ROW_BYTES_MAX = 128 * 1024;

/** Reads a file of rows, also gzipped, also with a byte order mark. A row that does not parse is a row with a detail. */
export async function* readRows(
  path: string,
  format: FileFormat,
  onBytes: (bytes: number) => void,
): AsyncGenerator<FileRow> {
  const bytes = piped(createReadStream(path), countBytes(onBytes));
  const text = (await isGzip(path)) ? piped(bytes, createGunzip()) : bytes;
  if (format.format === 'csv') yield* csvRows(text, format);
  else yield* lineRows(text, format.pattern === undefined ? ndjsonRow : matchedRow(new RegExp(format.pattern, 'u')));
}

async function* csvRows(text: Readable, { delimiter = ',', skipLines = 0 }: FileFormat): AsyncGenerator<FileRow> {
  const parser = parse({
    bom: true,
    columns: true,
    delimiter,
    from_line: skipLines + 1,
    info: true,
    max_record_size: ROW_BYTES_MAX,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  for await (const row of piped(text, parser)) {
    const { record, info } = row as { record: Record<string, string>; info: { lines: number; error?: Error } };
    yield info.error
      ? { ok: false, line: info.lines, detail: info.error.message }
      : { ok: true, line: info.lines, fields: record };
  }
}

async function* lineRows(text: Readable, rowOf: (text: string, line: number) => FileRow): AsyncGenerator<FileRow> {
  let line = 0;
  for await (const raw of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    const content = line === 1 ? raw.replace(/^\uFEFF/, '') : raw;
    if (content.trim() !== '') yield rowOf(content, line);
  }
}

/** The pattern's groups are fields, and so is what the group `json` holds, by path. */
function matchedRow(pattern: RegExp): (text: string, line: number) => FileRow {
  return (text, line) => {
    const { json, ...fields } = pattern.exec(text)?.groups ?? {};
    if (json === undefined) {
      return Object.keys(fields).length > 0
        ? { ok: true, line, fields }
        : { ok: false, line, detail: `does not match the mapping's pattern: ${text.slice(0, 40)}` };
    }
    const row = ndjsonRow(json, line);
    return row.ok ? { ...row, fields: { ...fields, ...leavesOf(row.fields) } } : row;
  };
}

/** `{ VP: { spd: 3 } }` as `{ 'VP.spd': 3 }`. */
function leavesOf(object: object, path = ''): Record<string, unknown> {
  const leaves: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object) as [string, unknown][]) {
    const isBranch = typeof value === 'object' && value !== null && !Array.isArray(value);
    Object.assign(leaves, isBranch ? leavesOf(value, `${path}${key}.`) : { [path + key]: value });
  }
  return leaves;
}

function ndjsonRow(json: string, line: number): FileRow {
  try {
    const fields: unknown = JSON.parse(json);
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) {
      return { ok: true, line, fields: fields as Record<string, unknown> };
    }
    return { ok: false, line, detail: `expected a JSON object, got ${json.slice(0, 40)}` };
  } catch (error) {
    return { ok: false, line, detail: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** `pipe` alone does not carry a broken file's error to whoever reads at the end. */
function piped<Target extends NodeJS.WritableStream & Readable>(source: Readable, target: Target): Target {
  source.on('error', (error) => target.destroy(error));
  return source.pipe(target);
}

function countBytes(onBytes: (bytes: number) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(GZIP_MAGIC.length), 0, GZIP_MAGIC.length, 0);
    return bytesRead === GZIP_MAGIC.length && buffer.equals(GZIP_MAGIC);
  } finally {
    await file.close();
  }
}
