import { requireResourceName } from '../input.ts';
import { refuse } from '../refusal.ts';
import { findDatabase, requireDatabase } from '../storage/catalog.ts';
import { describeDatabase, type WriteOperation } from './operation.ts';

export const createDatabase: WriteOperation = (context, input) => {
  const name = requireResourceName(input, 'DatabaseName');
  const { database } = context.store;
  if (findDatabase(database, name) !== undefined) {
    refuse('ConflictException', `A database with the name ${name} already exists.`);
  }
  database.prepare('INSERT INTO databases VALUES (?, ?, ?)').run(name, context.nowMs, context.nowMs);
  return { Database: describeDatabase(context, requireDatabase(database, name)) };
};
