import { requireText } from '../input.ts';
import { refuse } from '../refusal.ts';
import { countTables, requireDatabase } from '../storage/catalog.ts';
import type { WriteOperation } from './operation.ts';

export const deleteDatabase: WriteOperation = ({ store: { database } }, input) => {
  const { name } = requireDatabase(database, requireText(input, 'DatabaseName'));
  const tableCount = countTables(database, name);
  if (tableCount > 0) {
    refuse('ValidationException', `The database ${name} still has ${tableCount} tables; delete them first.`);
  }
  database.prepare('DELETE FROM databases WHERE name = ?').run(name);
  return {};
};
