import { requireText } from '../input.ts';
import { requireTable } from '../storage/catalog.ts';
import { describeTable, type WriteOperation } from './operation.ts';
import { readTableProperties } from './table-properties.ts';

export const updateTable: WriteOperation = ({ store: { database }, nowMs }, input) => {
  const current = requireTable(database, requireText(input, 'DatabaseName'), requireText(input, 'TableName'));
  const { retention, magneticWrites } = readTableProperties(input, current);
  database
    .prepare(
      `UPDATE tables SET memory_retention_hours = ?, magnetic_retention_days = ?, magnetic_writes = ?, updated_at_ms = ?
       WHERE id = ?`,
    )
    .run(retention.memoryHours, retention.magneticDays, JSON.stringify(magneticWrites), nowMs, current.id);
  return { Table: describeTable(requireTable(database, current.databaseName, current.name)) };
};
