import { requireText } from '../input.ts';
import { requireTable } from '../storage/catalog.ts';
import { dropRecordTable } from '../storage/record-table.ts';
import type { WriteOperation } from './operation.ts';

export const deleteTable: WriteOperation = ({ store }, input) => {
  const { database } = store;
  const { id } = requireTable(database, requireText(input, 'DatabaseName'), requireText(input, 'TableName'));
  store.transaction(() => {
    dropRecordTable(database, id);
    database.prepare('DELETE FROM columns WHERE table_id = ?').run(id);
    database.prepare('DELETE FROM measure_names WHERE table_id = ?').run(id);
    database.prepare('DELETE FROM tables WHERE id = ?').run(id);
  });
  store.forget(id);
  return {};
};
