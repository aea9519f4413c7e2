/** Databases, tables and columns as they stand in the file. Both threads read it; only the writer changes it. */

import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { refuse } from '../refusal.ts';

export interface Database {
  readonly name: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface Retention {
  readonly memoryHours: number;
  readonly magneticDays: number;
}

export interface MagneticWrites {
  readonly EnableMagneticStoreWrites: boolean;
  /** Kept and told; late records are rejected at once here, so nothing is ever written there. */
  readonly MagneticStoreRejectedDataLocation?: unknown;
}

export interface Table {
  readonly id: number;
  readonly databaseName: string;
  readonly name: string;
  readonly retention: Retention;
  readonly magneticWrites: MagneticWrites;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export const MEASURE_TYPES = ['BIGINT', 'BOOLEAN', 'DOUBLE', 'TIMESTAMP', 'VARCHAR'] as const;
export type MeasureType = (typeof MEASURE_TYPES)[number];

export function isMeasureType(type: string): type is MeasureType {
  return MEASURE_TYPES.some((known) => known === type);
}

/** `place` numbers a table's dimensions and measures, each from 0 in the order in which they came. */
export interface Column {
  readonly name: string;
  readonly role: 'dimension' | 'measure';
  readonly type: MeasureType;
  readonly place: number;
}

type Row = Record<string, SQLOutputValue>;

export function findDatabase(database: DatabaseSync, name: string): Database | undefined {
  const row = database.prepare('SELECT * FROM databases WHERE name = ?').get(name);
  return row && databaseOf(row);
}

export function requireDatabase(database: DatabaseSync, name: string): Database {
  return findDatabase(database, name) ?? refuse('ResourceNotFoundException', `The database ${name} does not exist.`);
}

/** In the order of names, those after `after`. */
export function listDatabases(database: DatabaseSync, after: string, limit: number): readonly Database[] {
  return database
    .prepare('SELECT * FROM databases WHERE name > ? ORDER BY name LIMIT ?')
    .all(after, limit)
    .map(databaseOf);
}

export function findTable(database: DatabaseSync, databaseName: string, name: string): Table | undefined {
  const row = database.prepare('SELECT * FROM tables WHERE database_name = ? AND name = ?').get(databaseName, name);
  return row && tableOf(row);
}

export function requireTable(database: DatabaseSync, databaseName: string, name: string): Table {
  requireDatabase(database, databaseName);
  return (
    findTable(database, databaseName, name) ??
    refuse('ResourceNotFoundException', `The table ${name} does not exist in the database ${databaseName}.`)
  );
}

/** In the order of names, those after `after`. */
export function listTables(
  database: DatabaseSync,
  databaseName: string,
  after: string,
  limit: number,
): readonly Table[] {
  return database
    .prepare('SELECT * FROM tables WHERE database_name = ? AND name > ? ORDER BY name LIMIT ?')
    .all(databaseName, after, limit)
    .map(tableOf);
}

export function countTables(database: DatabaseSync, databaseName: string): number {
  return Number(database.prepare('SELECT count(*) AS n FROM tables WHERE database_name = ?').get(databaseName)?.n);
}

/** Dimensions before measures, each in the order in which they came. */
export function listColumns(database: DatabaseSync, tableId: number): readonly Column[] {
  return database.prepare('SELECT * FROM columns WHERE table_id = ? ORDER BY role, place').all(tableId).map(columnOf);
}

function columnOf(row: Row): Column {
  const type = String(row.type);
  if (!isMeasureType(type)) {
    throw new Error(
      `the catalog says type ${type} of column ${String(row.name)}, expected ${MEASURE_TYPES.join(', ')}`,
    );
  }
  const role = row.role === 'dimension' ? 'dimension' : 'measure';
  return { name: String(row.name), role, type, place: Number(row.place) };
}

function databaseOf({ name, created_at_ms, updated_at_ms }: Row): Database {
  return { name: String(name), createdAtMs: Number(created_at_ms), updatedAtMs: Number(updated_at_ms) };
}

function tableOf(row: Row): Table {
  return {
    id: Number(row.id),
    databaseName: String(row.database_name),
    name: String(row.name),
    retention: { memoryHours: Number(row.memory_retention_hours), magneticDays: Number(row.magnetic_retention_days) },
    magneticWrites: JSON.parse(String(row.magnetic_writes)) as MagneticWrites,
    createdAtMs: Number(row.created_at_ms),
    updatedAtMs: Number(row.updated_at_ms),
  };
}
