import { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../in-transaction.ts';

/** Raise it with every change of the tables below. */
const SCHEMA_VERSION = 1;

/** With a write-ahead log and NORMAL, a commit is a write() and not an fsync: it survives `kill -9`. */
const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
`;

/** Keys are blobs, so that they are ordered by their bytes in UTF-8, as S3 lists them, and may hold any character. */
const TABLES = `
  CREATE TABLE buckets (name TEXT PRIMARY KEY, created_at_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE objects (
    bucket TEXT NOT NULL,
    key BLOB NOT NULL,
    blob TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified_at_ms INTEGER NOT NULL,
    headers TEXT NOT NULL,
    PRIMARY KEY (bucket, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE uploads (id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key BLOB NOT NULL, headers TEXT NOT NULL) STRICT;
  CREATE TABLE parts (
    upload_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    blob TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    etag TEXT NOT NULL,
    PRIMARY KEY (upload_id, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE notifications (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    function_arn TEXT NOT NULL,
    event TEXT NOT NULL
  ) STRICT;
`;

export type Headers = Readonly<Record<string, string>>;

/** Bytes on the disk, and their MD5 in hex, which S3 calls the entity tag. */
export interface Stored {
  readonly blob: string;
  readonly bytes: number;
  readonly etag: string;
}

export interface S3Object extends Stored {
  readonly key: string;
  readonly modifiedAtMs: number;
  /** What GetObject answers with: content type and the like, `x-amz-meta-*`, checksums. */
  readonly headers: Headers;
}

export interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly headers: Headers;
}

export interface Part extends Stored {
  readonly number: number;
}

export interface Notification {
  readonly functionArn: string;
  readonly event: unknown;
}

export type PendingNotification = Notification & { readonly id: number };

/** What is where. Each method is one transaction; those that take something away give the blobs that nobody needs now. */
export type ObjectIndex = ReturnType<typeof openObjectIndex>;

type Row = Readonly<Record<string, unknown>>;

/** Opens the file, or makes it. Throws when it was written by another version of the local cloud. */
export function openObjectIndex(path: string) {
  const database = openDatabase(path);
  const sql = (text: string) => database.prepare(text);
  const statements = {
    buckets: sql('SELECT name, created_at_ms FROM buckets ORDER BY name'),
    bucket: sql('SELECT 1 FROM buckets WHERE name = ?'),
    addBucket: sql('INSERT INTO buckets VALUES (?, ?)'),
    removeBucket: sql('DELETE FROM buckets WHERE name = ?'),
    anyObject: sql('SELECT 1 FROM objects WHERE bucket = ? LIMIT 1'),
    object: sql('SELECT * FROM objects WHERE bucket = ? AND key = ?'),
    objectsFrom: sql('SELECT * FROM objects WHERE bucket = ? AND key >= ? ORDER BY key'),
    putObject: sql('INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?)'),
    removeObject: sql('DELETE FROM objects WHERE bucket = ? AND key = ? RETURNING blob'),
    addUpload: sql('INSERT INTO uploads VALUES (?, ?, ?, ?)'),
    upload: sql('SELECT * FROM uploads WHERE id = ? AND bucket = ? AND key = ?'),
    removeUpload: sql('DELETE FROM uploads WHERE id = ?'),
    parts: sql('SELECT * FROM parts WHERE upload_id = ? ORDER BY number'),
    part: sql('SELECT blob FROM parts WHERE upload_id = ? AND number = ?'),
    putPart: sql('INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?)'),
    removeParts: sql('DELETE FROM parts WHERE upload_id = ? RETURNING blob'),
    addNotification: sql('INSERT INTO notifications (function_arn, event) VALUES (?, ?)'),
    notifications: sql('SELECT * FROM notifications ORDER BY id LIMIT ?'),
    removeNotification: sql('DELETE FROM notifications WHERE id = ?'),
    blobs: sql('SELECT blob FROM objects UNION ALL SELECT blob FROM parts'),
  };

  const transact = <Result>(work: () => Result): Result => inTransaction(database, work);

  function notify(notifications: readonly Notification[]): void {
    for (const { functionArn, event } of notifications) {
      statements.addNotification.run(functionArn, JSON.stringify(event));
    }
  }

  function putObject(bucket: string, object: S3Object, notifications: readonly Notification[]): string[] {
    const { key, blob, bytes, etag, modifiedAtMs, headers } = object;
    const replaced = statements.object.get(bucket, Buffer.from(key));
    statements.putObject.run(bucket, Buffer.from(key), blob, bytes, etag, modifiedAtMs, JSON.stringify(headers));
    notify(notifications);
    return blobsOf(replaced === undefined ? [] : [replaced]);
  }

  function removeUpload(id: string): string[] {
    statements.removeUpload.run(id);
    return blobsOf(statements.removeParts.all(id));
  }

  return {
    buckets: () =>
      statements.buckets.all().map(({ name, created_at_ms }) => ({
        name: String(name),
        createdAtMs: Number(created_at_ms),
      })),
    hasBucket: (bucket: string): boolean => statements.bucket.get(bucket) !== undefined,
    addBucket: (bucket: string, createdAtMs: number): void => void statements.addBucket.run(bucket, createdAtMs),
    removeBucket: (bucket: string): void => void statements.removeBucket.run(bucket),
    isEmpty: (bucket: string): boolean => statements.anyObject.get(bucket) === undefined,

    object(bucket: string, key: string): S3Object | undefined {
      const row = statements.object.get(bucket, Buffer.from(key));
      return row && readObject(row);
    },
    /** Those whose key in UTF-8 is `from` or comes behind it, in order. */
    *objectsFrom(bucket: string, from: Buffer): Generator<S3Object> {
      for (const row of statements.objectsFrom.iterate(bucket, from)) yield readObject(row);
    },
    putObject: (bucket: string, object: S3Object, notifications: readonly Notification[]): string[] =>
      transact(() => putObject(bucket, object, notifications)),
    removeObject: (bucket: string, key: string, notifications: readonly Notification[]): string[] =>
      transact(() => {
        notify(notifications);
        return blobsOf(statements.removeObject.all(bucket, Buffer.from(key)));
      }),

    addUpload({ id, bucket, key, headers }: Upload): void {
      statements.addUpload.run(id, bucket, Buffer.from(key), JSON.stringify(headers));
    },
    upload(id: string, bucket: string, key: string): Upload | undefined {
      const row = statements.upload.get(id, bucket, Buffer.from(key));
      return row && { id, bucket, key, headers: readHeaders(row) };
    },
    putPart: (uploadId: string, { number, blob, bytes, etag }: Part): string[] =>
      transact(() => {
        const replaced = statements.part.all(uploadId, number);
        statements.putPart.run(uploadId, number, blob, bytes, etag);
        return blobsOf(replaced);
      }),
    parts: (uploadId: string): Part[] =>
      statements.parts.all(uploadId).map((row) => ({ ...readStored(row), number: Number(row.number) })),
    completeUpload: (upload: Upload, object: S3Object, notifications: readonly Notification[]): string[] =>
      transact(() => [...putObject(upload.bucket, object, notifications), ...removeUpload(upload.id)]),
    removeUpload: (id: string): string[] => transact(() => removeUpload(id)),

    /** The oldest that wait for delivery. */
    notifications: (countMax: number): PendingNotification[] =>
      statements.notifications.all(countMax).map((row) => ({
        id: Number(row.id),
        functionArn: String(row.function_arn),
        event: JSON.parse(String(row.event)),
      })),
    removeNotification: (id: number): void => void statements.removeNotification.run(id),

    /** Of everything that is stored. */
    blobs: (): Set<string> => new Set(blobsOf(statements.blobs.all())),
    close: (): void => database.close(),
  };
}

function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(PRAGMAS);
  const found = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  if (found === 0) {
    database.exec(`BEGIN IMMEDIATE; ${TABLES} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
  } else if (found !== SCHEMA_VERSION) {
    database.close();
    throw new Error(
      `S3 data in ${path} have format ${found}, expected ${SCHEMA_VERSION}; start with --fresh to make them anew`,
    );
  }
  return database;
}

function blobsOf(rows: readonly Row[]): string[] {
  return rows.map(({ blob }) => String(blob));
}

function readStored(row: Row): Stored {
  return { blob: String(row.blob), bytes: Number(row.bytes), etag: String(row.etag) };
}

function readObject(row: Row): S3Object {
  const key = row.key instanceof Uint8Array ? Buffer.from(row.key).toString() : '';
  return { ...readStored(row), key, modifiedAtMs: Number(row.modified_at_ms), headers: readHeaders(row) };
}

function readHeaders(row: Row): Headers {
  const headers: Headers = JSON.parse(String(row.headers));
  return headers;
}
