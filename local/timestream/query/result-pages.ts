/**
 * Results of queries, a page at a time. A result that fits one page is gone once it is answered. A longer one stays
 * open as a cursor with a connection of its own, so that all of its pages show the table as it was at the first.
 */

import { randomUUID } from 'node:crypto';
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { QUERY_PAGE_BYTES_MAX } from '../limits.ts';
import { refuse } from '../refusal.ts';
import { openForReading } from '../storage/database-file.ts';
import { type Datum, toDatum } from './datum.ts';
import { parseQuery } from './parse-query.ts';
import { registerSqlFunctions } from './sql-functions.ts';
import { type ResultColumn, translateQuery } from './translate-query.ts';

/** Open results hold a connection each; the one that was not asked for the longest gives way. */
const CURSORS_MAX = 8;
const CURSOR_LIFETIME_MS = 3_600_000;

/** What a datum costs on the wire beside its text: `{"ScalarValue":""},`. */
const DATUM_BYTES = 20;

export interface Page {
  readonly queryId: string;
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly { readonly Data: readonly Datum[] }[];
  readonly nextToken: string | undefined;
}

export interface PageRequest {
  readonly queryText: string;
  readonly rowsMax: number;
  readonly nowMs: number;
}

export interface ResultPages {
  first(request: PageRequest): Page;
  /** The page that the token stands for: a new one for the newest token, the same again for the one before. */
  next(token: string, request: PageRequest): Page;
  /** Returns whether such a result was open. */
  cancel(queryId: string): boolean;
  close(): void;
}

interface Cursor {
  readonly queryId: string;
  readonly queryText: string;
  readonly columns: readonly ResultColumn[];
  readonly rows: Iterator<readonly SQLOutputValue[]>;
  readonly connection: DatabaseSync;
  readonly openedAtMs: number;
  /** Read ahead, to know whether another page follows. */
  pending: IteratorResult<readonly SQLOutputValue[]>;
  /** The last page that was given, kept for a caller who lost the answer and asks again. */
  page: Page | undefined;
  pageNumber: number;
}

export function createResultPages(path: string): ResultPages {
  /** In the order of last use. */
  const cursors = new Map<string, Cursor>();
  let spare: DatabaseSync | undefined;

  function connect(): DatabaseSync {
    const connection = spare ?? openForReading(path);
    if (spare === undefined) {
      registerSqlFunctions(connection);
    }
    spare = undefined;
    return connection;
  }

  /** One connection is kept for the next query, warm. */
  function release(connection: DatabaseSync): void {
    if (spare === undefined) {
      spare = connection;
    } else {
      connection.close();
    }
  }

  function discard(cursor: Cursor): void {
    cursors.delete(cursor.queryId);
    if (!cursor.pending.done) {
      cursor.connection.close();
    }
  }

  function keep(cursor: Cursor, nowMs: number): void {
    cursors.delete(cursor.queryId);
    cursors.set(cursor.queryId, cursor);
    for (const other of cursors.values()) {
      if (cursors.size > CURSORS_MAX || nowMs - other.openedAtMs > CURSOR_LIFETIME_MS) {
        discard(other);
      }
    }
  }

  /** Reads the page that follows. A result's last page frees its connection. */
  function turn(cursor: Cursor, rowsMax: number): Page {
    const page = readPage(cursor, rowsMax);
    cursor.page = page;
    cursor.pageNumber += 1;
    if (page.nextToken === undefined) {
      release(cursor.connection);
    }
    return page;
  }

  return {
    first(request) {
      const connection = connect();
      try {
        const cursor = openCursor(connection, request);
        const page = turn(cursor, request.rowsMax);
        if (page.nextToken !== undefined) {
          keep(cursor, request.nowMs);
        }
        return page;
      } catch (error) {
        connection.close();
        throw asRefusal(error);
      }
    },
    next(token, { queryText, rowsMax, nowMs }) {
      const { queryId, pageNumber } = readToken(token);
      const cursor = cursors.get(queryId);
      if (cursor === undefined || cursor.queryText !== queryText) {
        return refuse('ValidationException', 'Invalid pagination token');
      }
      if (cursor.page !== undefined && cursor.pageNumber === pageNumber) {
        return cursor.page;
      }
      if (cursor.page?.nextToken !== token) {
        return refuse('ValidationException', 'Invalid pagination token');
      }
      try {
        const page = turn(cursor, rowsMax);
        keep(cursor, nowMs);
        return page;
      } catch (error) {
        discard(cursor);
        throw asRefusal(error);
      }
    },
    cancel(queryId) {
      const cursor = cursors.get(queryId);
      if (cursor !== undefined) {
        discard(cursor);
      }
      return cursor !== undefined;
    },
    close() {
      for (const cursor of cursors.values()) {
        discard(cursor);
      }
      spare?.close();
    },
  };
}

function openCursor(connection: DatabaseSync, { queryText, nowMs }: PageRequest): Cursor {
  const { sql, parameters, columns } = translateQuery(connection, parseQuery(queryText), nowMs);
  const statement = connection.prepare(sql);
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  const rows = statement.iterate(...(parameters as SQLInputValue[])) as unknown as Cursor['rows'];
  return {
    queryId: randomUUID().replaceAll('-', '').toUpperCase(),
    queryText,
    columns,
    rows,
    connection,
    openedAtMs: nowMs,
    pending: rows.next(),
    page: undefined,
    pageNumber: 0,
  };
}

/** Takes rows until the page has `rowsMax` of them or 1 MB. */
function readPage(cursor: Cursor, rowsMax: number): Page {
  const { queryId, columns } = cursor;
  const rows: { readonly Data: readonly Datum[] }[] = [];
  let bytes = 0;
  while (!cursor.pending.done && rows.length < rowsMax && bytes < QUERY_PAGE_BYTES_MAX) {
    const Data = cursor.pending.value.map((value, index) => toDatum(value, columns[index]?.type ?? 'UNKNOWN'));
    bytes += Data.reduce(
      (sum, datum) => sum + DATUM_BYTES + ('ScalarValue' in datum ? datum.ScalarValue.length : 0),
      0,
    );
    rows.push({ Data });
    cursor.pending = cursor.rows.next();
  }
  const nextToken = cursor.pending.done ? undefined : writeToken(queryId, cursor.pageNumber + 2);
  return { queryId, columns, rows, nextToken };
}

function writeToken(queryId: string, pageNumber: number): string {
  return Buffer.from(`${queryId} ${pageNumber}`).toString('base64url');
}

function readToken(token: string): { readonly queryId: string; readonly pageNumber: number } {
  const [queryId = '', pageNumber = ''] = Buffer.from(token, 'base64url').toString().split(' ');
  return { queryId, pageNumber: Number(pageNumber) };
}

/** What SQLite itself refuses (a sum beyond 64 bits, a result of too many columns) fails the query, not the thread. */
function asRefusal(error: unknown): unknown {
  const isSqlite = error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
  if (!isSqlite) {
    return error;
  }
  const refusal = { type: 'QueryExecutionException', message: `the query failed: ${error.message}`, detail: {} };
  return new Error(refusal.message, { cause: { refusal } });
}
