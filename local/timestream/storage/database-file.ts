import { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../../in-transaction.ts';

/** Raise it with every change of the tables below. */
const SCHEMA_VERSION = 1;

/**
 * With a write-ahead log and NORMAL, a commit is a write() and not an fsync: what was acknowledged survives `kill -9`,
 * and a power cut may lose the last commits but never the file. Each thread keeps at most 32 MB of pages.
 */
const WRITER_PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 10000;
  PRAGMA cache_size = -16000;
  PRAGMA busy_timeout = 5000;
`;

const READER_PRAGMAS = `
  PRAGMA case_sensitive_like = ON;
  PRAGMA cache_size = -32000;
  PRAGMA busy_timeout = 5000;
`;

/** The catalog. A Timestream table's own data lie in two tables more, see `record-table.ts`. */
const CATALOG = `
  CREATE TABLE databases (
    name TEXT PRIMARY KEY,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE tables (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    database_name TEXT NOT NULL,
    name TEXT NOT NULL,
    memory_retention_hours INTEGER NOT NULL,
    magnetic_retention_days INTEGER NOT NULL,
    magnetic_writes TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    UNIQUE (database_name, name)
  ) STRICT;
  CREATE TABLE columns (
    table_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    type TEXT NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (table_id, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE measure_names (
    table_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    PRIMARY KEY (table_id, name)
  ) STRICT, WITHOUT ROWID;
`;

/** Opens the file, or makes it. Throws when it was written by another version of the local cloud. */
export function openForWriting(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(WRITER_PRAGMAS);
  const found = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  if (found === 0) {
    inTransaction(database, () => database.exec(`${CATALOG} PRAGMA user_version = ${SCHEMA_VERSION}`));
  } else if (found !== SCHEMA_VERSION) {
    database.close();
    throw new Error(
      `Timestream data in ${path} have format ${found}, expected ${SCHEMA_VERSION}; start with --fresh to make them anew`,
    );
  }
  return database;
}

/** SQLite refuses every write on this connection, whatever a query may be translated to. */
export function openForReading(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true });
  database.exec(READER_PRAGMAS);
  return database;
}
