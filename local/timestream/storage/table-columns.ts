import type { DatabaseSync } from 'node:sqlite';
import { DIMENSIONS_MAX, MEASURE_NAMES_PER_TABLE_MAX, MEASURES_PER_TABLE_MAX } from '../limits.ts';
import { listColumns, type Column, type MeasureType } from './catalog.ts';
import type { TimeRecord } from './time-record.ts';

/** A table has no schema that anybody declares: names and types are what the first record that uses them says. */
export interface TableColumns {
  /** Why the record does not fit the names and types of earlier ones, or undefined if it does. Changes nothing. */
  findConflict(record: TimeRecord): string | undefined;
  /** Adds what the record brings anew. Returns whether that was anything. Call it after `findConflict`. */
  learn(record: TimeRecord): boolean;
  /** SQL names, in the order of the record's own dimensions and measures. */
  dimensionNames(record: TimeRecord): readonly string[];
  measureNames(record: TimeRecord): readonly string[];
  measures(): readonly Column[];
}

const STORAGE_CLASS: Readonly<Record<MeasureType, string>> = {
  BIGINT: 'INTEGER',
  BOOLEAN: 'INTEGER',
  DOUBLE: 'REAL',
  TIMESTAMP: 'INTEGER',
  VARCHAR: 'TEXT',
};

/** The column's name in SQLite: users' names never enter SQL text. */
export function sqlName({ role, place }: Pick<Column, 'role' | 'place'>): string {
  return `${role === 'dimension' ? 'd' : 'm'}${place}`;
}

export function readTableColumns(database: DatabaseSync, tableId: number): TableColumns {
  const columns = new Map(listColumns(database, tableId).map((column) => [column.name, column]));
  const measureTypes = new Map(
    database
      .prepare('SELECT name, type FROM measure_names WHERE table_id = ?')
      .all(tableId)
      .map(({ name, type }) => [String(name), String(type)]),
  );
  const count = { dimension: 0, measure: 0 };
  for (const { role } of columns.values()) {
    count[role] += 1;
  }

  function add(name: string, role: Column['role'], type: MeasureType): void {
    const column: Column = { name, role, type, place: count[role] };
    database.prepare('INSERT INTO columns VALUES (?, ?, ?, ?, ?)').run(tableId, name, role, type, column.place);
    if (role === 'dimension') {
      const dimension = sqlName(column);
      database.exec(`ALTER TABLE series_${tableId} ADD COLUMN ${dimension} TEXT`);
      database.exec(`CREATE INDEX series_${tableId}_${dimension} ON series_${tableId} (${dimension})`);
    } else {
      database.exec(`ALTER TABLE records_${tableId} ADD COLUMN ${sqlName(column)} ${STORAGE_CLASS[type]}`);
    }
    count[role] += 1;
    columns.set(name, column);
  }

  function nameOf(name: string): string {
    const column = columns.get(name);
    if (column === undefined) {
      throw new Error(`column ${name} of table ${tableId} is not in the catalog, where its record was to add it`);
    }
    return sqlName(column);
  }

  return {
    findConflict(record) {
      return (
        findTypeConflict(record, measureTypes, columns) ??
        findExcess(record, columns, { ...count, measureName: measureTypes.size, measureTypes })
      );
    },
    learn({ measureName, measureType, dimensions, measures }) {
      let learned = false;
      if (!measureTypes.has(measureName)) {
        database.prepare('INSERT INTO measure_names VALUES (?, ?, ?)').run(tableId, measureName, measureType);
        measureTypes.set(measureName, measureType);
      }
      for (const [name] of dimensions) {
        if (!columns.has(name)) {
          add(name, 'dimension', 'VARCHAR');
          learned = true;
        }
      }
      for (const { column, type } of measures) {
        if (!columns.has(column)) {
          add(column, 'measure', type);
          learned = true;
        }
      }
      return learned;
    },
    dimensionNames: ({ dimensions }) => dimensions.map(([name]) => nameOf(name)),
    measureNames: ({ measures }) => measures.map(({ column }) => nameOf(column)),
    measures: () => [...columns.values()].filter(({ role }) => role === 'measure'),
  };
}

function findTypeConflict(
  { measureName, measureType, dimensions, measures }: TimeRecord,
  measureTypes: ReadonlyMap<string, string>,
  columns: ReadonlyMap<string, Column>,
): string | undefined {
  const known = measureTypes.get(measureName);
  if (known !== undefined && known !== measureType) {
    return `The measure name ${measureName} already exists in this table with the type ${known}, not ${measureType}.`;
  }
  for (const [name] of dimensions) {
    if (columns.get(name)?.role === 'measure') {
      return `The dimension name ${name} already exists in this table as the name of a measure.`;
    }
  }
  for (const { column, type } of measures) {
    const existing = columns.get(column);
    if (existing?.role === 'dimension') {
      return `The measure name ${column} already exists in this table as the name of a dimension.`;
    }
    if (existing !== undefined && existing.type !== type) {
      return `The measure ${column} already exists in this table with the type ${existing.type}, not ${type}.`;
    }
  }
  return undefined;
}

function findExcess(
  { measureName, dimensions, measures }: TimeRecord,
  columns: ReadonlyMap<string, Column>,
  have: { dimension: number; measure: number; measureName: number; measureTypes: ReadonlyMap<string, string> },
): string | undefined {
  const newDimensions = dimensions.filter(([name]) => !columns.has(name)).length;
  if (newDimensions > 0 && have.dimension + newDimensions > DIMENSIONS_MAX) {
    return `The table would have more than ${DIMENSIONS_MAX} dimensions.`;
  }
  const newMeasures = measures.filter(({ column }) => !columns.has(column)).length;
  if (newMeasures > 0 && have.measure + newMeasures > MEASURES_PER_TABLE_MAX) {
    return `The table would have more than ${MEASURES_PER_TABLE_MAX} measures in multi-measure records.`;
  }
  if (!have.measureTypes.has(measureName) && have.measureName >= MEASURE_NAMES_PER_TABLE_MAX) {
    return `The table would have more than ${MEASURE_NAMES_PER_TABLE_MAX} measure names.`;
  }
  return undefined;
}
