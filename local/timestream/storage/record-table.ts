/**
 * How a Timestream table lies in SQLite:
 *
 *   series_N  (id, series_key, measure_name, d0, d1, …)         one row per measure name and set of dimensions
 *   records_N (series, time, version, m0, m1, …)                one row per record, clustered by (series, time)
 *
 * Dimensions repeat with every record of a series, so they are kept once and each is indexed; that index is as small as
 * the number of series. A query finds its series there and then reads one range of time in each, in order: "one asset,
 * one day" touches only the pages that hold the answer, and a table of many assets costs it nothing.
 */

import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { readTableColumns, sqlName } from './table-columns.ts';
import type { StoredValue, TimeRecord } from './time-record.ts';

export interface Rejection {
  readonly reason: string;
  readonly existingVersion?: bigint;
}

export interface RecordTable {
  /** Stores the record within the open transaction. Returns why not, or undefined. */
  write(record: TimeRecord): Rejection | undefined;
}

/** Statements differ by the set of columns that they name; series are looked up for every record. */
const STATEMENTS_MAX = 256;
const CACHED_SERIES_MAX = 100_000;

export function createRecordTable(database: DatabaseSync, tableId: number): void {
  database.exec(`
    CREATE TABLE series_${tableId} (
      id INTEGER PRIMARY KEY,
      series_key TEXT NOT NULL UNIQUE,
      measure_name TEXT NOT NULL
    );
    CREATE TABLE records_${tableId} (
      series INTEGER NOT NULL,
      time INTEGER NOT NULL,
      version INTEGER NOT NULL,
      PRIMARY KEY (series, time)
    ) WITHOUT ROWID;
  `);
}

export function dropRecordTable(database: DatabaseSync, tableId: number): void {
  database.exec(`DROP TABLE series_${tableId}; DROP TABLE records_${tableId};`);
}

/** Opens it for writing. What it remembers is wrong after a rollback: open it again then. */
export function openRecordTable(database: DatabaseSync, tableId: number): RecordTable {
  const columns = readTableColumns(database, tableId);
  const statements = new Map<string, StatementSync>();
  const seriesIds = new Map<string, bigint>();

  function prepare(sql: string): StatementSync {
    const known = statements.get(sql);
    if (known !== undefined) {
      return known;
    }
    if (statements.size >= STATEMENTS_MAX) {
      statements.clear();
    }
    const statement = database.prepare(sql);
    statement.setReadBigInts(true);
    statements.set(sql, statement);
    return statement;
  }

  function findSeries(record: TimeRecord): bigint {
    const key = JSON.stringify([record.measureName, record.dimensions]);
    const known = seriesIds.get(key);
    if (known !== undefined) {
      return known;
    }
    const stored = prepare(`SELECT id FROM series_${tableId} WHERE series_key = ?`).get(key)?.id;
    const id = typeof stored === 'bigint' ? stored : addSeries(record, key);
    if (seriesIds.size >= CACHED_SERIES_MAX) {
      seriesIds.clear();
    }
    seriesIds.set(key, id);
    return id;
  }

  function addSeries(record: TimeRecord, key: string): bigint {
    const names = ['series_key', 'measure_name', ...columns.dimensionNames(record)];
    const { lastInsertRowid } = prepare(
      `INSERT INTO series_${tableId} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
    ).run(key, record.measureName, ...record.dimensions.map(([, value]) => value));
    return BigInt(lastInsertRowid);
  }

  function insert(record: TimeRecord, series: bigint): boolean {
    const names = ['series', 'time', 'version', ...columns.measureNames(record)];
    const { changes } = prepare(
      `INSERT INTO records_${tableId} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
       ON CONFLICT DO NOTHING`,
    ).run(series, record.time, record.version, ...record.measures.map(({ value }) => value));
    return changes > 0;
  }

  /** The record that holds this place in the series: its version, and its measures by SQL name. */
  function read(series: bigint, time: bigint): { version: bigint; values: ReadonlyMap<string, StoredValue> } {
    const row = prepare(`SELECT * FROM records_${tableId} WHERE series = ? AND time = ?`).get(series, time);
    const { version, series: _series, time: _time, ...measures } = row ?? {};
    if (typeof version !== 'bigint') {
      throw new Error(`record ${time} of series ${series} has no version, where a conflict says that it exists`);
    }
    return { version, values: new Map(Object.entries(measures).filter(isPresent)) };
  }

  /** The record becomes what was sent: measures that the new version does not name are gone. */
  function replace(record: TimeRecord, series: bigint): void {
    const values = new Map(columns.measureNames(record).map((name, index) => [name, record.measures[index]?.value]));
    const names = columns.measures().map(sqlName);
    prepare(
      `UPDATE records_${tableId} SET version = ?, ${names.map((name) => `${name} = ?`).join(', ')}
       WHERE series = ? AND time = ?`,
    ).run(record.version, ...names.map((name) => values.get(name) ?? null), series, record.time);
  }

  /** An identical record is no conflict whatever its version; a higher version always wins and is kept. */
  function settle(record: TimeRecord, series: bigint): Rejection | undefined {
    const existing = read(series, record.time);
    if (record.version > existing.version) {
      replace(record, series);
      return undefined;
    }
    const names = columns.measureNames(record);
    const identical =
      names.length === existing.values.size &&
      names.every((name, index) => existing.values.get(name) === record.measures[index]?.value);
    return identical ? undefined : conflict(record.version, existing.version);
  }

  return {
    write(record) {
      const reason = columns.findConflict(record);
      if (reason !== undefined) {
        return { reason };
      }
      if (columns.learn(record)) {
        statements.clear();
      }
      const series = findSeries(record);
      return insert(record, series) ? undefined : settle(record, series);
    },
  };
}

function isPresent(entry: [string, SQLOutputValue]): entry is [string, StoredValue] {
  return ['bigint', 'number', 'string'].includes(typeof entry[1]);
}

/** Worded as the service words it, for clients that look for these words. */
function conflict(version: bigint, existingVersion: bigint): Rejection {
  const reason =
    version === existingVersion
      ? 'A record already exists with the same time, dimensions, measure name, and record version. ' +
        'A higher record version must be specified in order to update the measure value. ' +
        'Specifying record version is supported by the latest SDKs.'
      : `The record version ${version} is lower than the existing version ${existingVersion}. ` +
        'A higher version is required to update the measure value.';
  return { reason, existingVersion };
}
