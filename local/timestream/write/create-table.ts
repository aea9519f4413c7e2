import { requireResourceName, requireText } from '../input.ts';
import { refuse } from '../refusal.ts';
import { findTable, requireDatabase, requireTable } from '../storage/catalog.ts';
import { createRecordTable } from '../storage/record-table.ts';
import { describeTable, type WriteOperation } from './operation.ts';
import { readTableProperties } from './table-properties.ts';

/** The partition key (`Schema`) changes only how AWS lays data out, so it is taken and not kept. */
export const createTable: WriteOperation = ({ store, nowMs }, input) => {
  const { database } = store;
  const { name: databaseName } = requireDatabase(database, requireText(input, 'DatabaseName'));
  const name = requireResourceName(input, 'TableName');
  const { retention, magneticWrites } = readTableProperties(input);
  if (findTable(database, databaseName, name) !== undefined) {
    refuse('ConflictException', `A table with the name ${name} already exists in the database ${databaseName}.`);
  }
  store.transaction(() => {
    const { lastInsertRowid } = database
      .prepare(
        `INSERT INTO tables (database_name, name, memory_retention_hours, magnetic_retention_days, magnetic_writes,
           created_at_ms, updated_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        databaseName,
        name,
        retention.memoryHours,
        retention.magneticDays,
        JSON.stringify(magneticWrites),
        nowMs,
        nowMs,
      );
    createRecordTable(database, Number(lastInsertRowid));
  });
  return { Table: describeTable(requireTable(database, databaseName, name)) };
};
