import { listDatabases as list } from '../storage/catalog.ts';
import { listPage } from './list-page.ts';
import { describeDatabase, type WriteOperation } from './operation.ts';

export const listDatabases: WriteOperation = (context, input) => {
  const { page, token } = listPage(input, (after, limit) => list(context.store.database, after, limit));
  return { Databases: page.map((database) => describeDatabase(context, database)), ...token };
};
