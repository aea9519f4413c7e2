/**
 * Results of queries, a page at a time. A result that fits one page is gone once it is answered. A longer one is put
 * into a temporary table, so that all of its pages show the history as it was at the first, however long the caller
 * takes. An open statement would do so too, but it would keep the write-ahead log from being emptied all the while.
 */

import { randomUUID } from 'node:crypto';
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { QUERY_PAGE_BYTES_MAX } from '../limits.ts';
import { refuse } from '../refusal.ts';
import { openForReading } from '../storage/database-file.ts';
import { type Datum, toDatum } from './datum.ts';
import { parseQuery } from './parse-query.ts';
import { registerSqlFunctions } from './sql-functions.ts';
import { type ResultColumn, translateQuery } from './translate-query.ts';

/** The result that was begun the longest ago gives way to a new one, and none lives longer than the service lets it. */
const RESULTS_MAX = 64;
const RESULT_LIFETIME_MS = 3_600_000;

/** What a datum costs on the wire beside its text: `{"ScalarValue":""},`. */
const DATUM_BYTES = 20;

interface PageRows {
  readonly rows: readonly { readonly Data: readonly Datum[] }[];
  /** Whether the result ends with them. */
  readonly last: boolean;
}

interface Page extends PageRows {
  readonly queryId: string;
  readonly columns: readonly ResultColumn[];
  readonly nextToken: string | undefined;
}

interface PageRequest {
  readonly queryText: string;
  readonly rowsMax: number;
  readonly nowMs: number;
}

export interface ResultPages {
  first(request: PageRequest): Page;
  /** The page that the token stands for, the same every time that it is asked for. */
  next(token: string, request: PageRequest): Page;
  /** Returns whether pages of such a query were left. */
  cancel(queryId: string): boolean;
  close(): void;
}

interface KeptResult {
  readonly queryText: string;
  readonly columns: readonly ResultColumn[];
  readonly startedAtMs: number;
}

export function createResultPages(path: string): ResultPages {
  const connection = openForReading(path);
  registerSqlFunctions(connection);
  /** By query id, the oldest first. */
  const results = new Map<string, KeptResult>();

  function readRows(
    sql: string,
    parameters: readonly SQLInputValue[],
    columns: readonly ResultColumn[],
    rowsMax: number,
  ): PageRows {
    const statement = connection.prepare(sql);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    // The type library knows rows as objects only.
    return takePage(
      statement.iterate(...parameters) as Iterable<unknown> as Iterable<SQLOutputValue[]>,
      columns,
      rowsMax,
    );
  }

  function keep(queryId: string, result: KeptResult): void {
    results.set(queryId, result);
    for (const [oldestId, { startedAtMs }] of results) {
      if (results.size > RESULTS_MAX || result.startedAtMs - startedAtMs > RESULT_LIFETIME_MS) {
        discard(oldestId);
      }
    }
  }

  function discard(queryId: string): boolean {
    if (results.has(queryId)) {
      connection.exec(`DROP TABLE temp.result_${queryId}`);
    }
    return results.delete(queryId);
  }

  function pageOfKept(queryId: string, columns: readonly ResultColumn[], after: number, rowsMax: number): Page {
    const sql = `SELECT * FROM temp.result_${queryId} WHERE rowid > ?1 ORDER BY rowid`;
    const page = readRows(sql, [after], columns, rowsMax);
    const nextToken = page.last ? undefined : writeToken(queryId, after + page.rows.length);
    return { ...page, queryId, columns, nextToken };
  }

  return {
    first({ queryText, rowsMax, nowMs }) {
      const queryId = randomUUID().replaceAll('-', '').toUpperCase();
      return failingByRefusal(() => {
        const { sql, parameters, columns } = translateQuery(connection, parseQuery(queryText), nowMs);
        const page = readRows(sql, parameters, columns, rowsMax);
        if (page.last) {
          return { ...page, queryId, columns, nextToken: undefined };
        }
        connection.prepare(`CREATE TABLE temp.result_${queryId} AS ${sql}`).run(...parameters);
        keep(queryId, { queryText, columns, startedAtMs: nowMs });
        return pageOfKept(queryId, columns, 0, rowsMax);
      });
    },
    next(token, { queryText, rowsMax }) {
      const { queryId, after } = readToken(token);
      const result = results.get(queryId);
      if (result === undefined || result.queryText !== queryText || !Number.isInteger(after)) {
        return refuse('ValidationException', 'Invalid pagination token');
      }
      return failingByRefusal(() => pageOfKept(queryId, result.columns, after, rowsMax));
    },
    cancel: discard,
    close: () => connection.close(),
  };
}

/** Takes rows until the page has `rowsMax` of them or 1 MB. */
function takePage(
  result: Iterable<readonly SQLOutputValue[]>,
  columns: readonly ResultColumn[],
  rowsMax: number,
): PageRows {
  const rows: { readonly Data: readonly Datum[] }[] = [];
  let bytes = 0;
  for (const row of result) {
    if (rows.length >= rowsMax || bytes >= QUERY_PAGE_BYTES_MAX) {
      return { rows, last: false };
    }
    const Data = row.map((value, index) => toDatum(value, columns[index]?.type ?? 'UNKNOWN'));
    bytes += Data.reduce(
      (sum, datum) => sum + DATUM_BYTES + ('ScalarValue' in datum ? datum.ScalarValue.length : 0),
      0,
    );
    rows.push({ Data });
  }
  return { rows, last: true };
}

/** @param after how many rows the pages before it held */
function writeToken(queryId: string, after: number): string {
  return Buffer.from(`${queryId} ${after}`).toString('base64url');
}

function readToken(token: string): { readonly queryId: string; readonly after: number } {
  const [queryId = '', after = ''] = Buffer.from(token, 'base64url').toString().split(' ');
  return { queryId, after: Number(after) };
}

/** What SQLite itself refuses (a sum beyond 64 bits, a result of too many columns) fails the query, not the thread. */
function failingByRefusal<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR') {
      return refuse('QueryExecutionException', `the query failed: ${error.message}`);
    }
    throw error;
  }
}
