import { readText, requireText } from '../input.ts';
import { refuse } from '../refusal.ts';
import { listTables as list, requireDatabase } from '../storage/catalog.ts';
import { listPage } from './list-page.ts';
import { describeTable, type WriteOperation } from './operation.ts';

/** AWS lists the tables of all databases where none is named; nobody asks for that here. */
export const listTables: WriteOperation = ({ store: { database } }, input) => {
  if (readText(input, 'DatabaseName') === undefined) {
    refuse('ValidationException', 'the local cloud does not support ListTables without DatabaseName');
  }
  const databaseName = requireDatabase(database, requireText(input, 'DatabaseName')).name;
  const { page, token } = listPage(input, (after, limit) => list(database, databaseName, after, limit));
  return { Tables: page.map(describeTable), ...token };
};
