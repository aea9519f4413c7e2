import { requireText } from '../input.ts';
import { requireDatabase } from '../storage/catalog.ts';
import { describeDatabase as describe, type WriteOperation } from './operation.ts';

export const describeDatabase: WriteOperation = (context, input) => ({
  Database: describe(context, requireDatabase(context.store.database, requireText(input, 'DatabaseName'))),
});
