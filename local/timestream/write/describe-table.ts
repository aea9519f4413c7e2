import { requireText } from '../input.ts';
import { requireTable } from '../storage/catalog.ts';
import { describeTable as describe, type WriteOperation } from './operation.ts';

export const describeTable: WriteOperation = ({ store }, input) => ({
  Table: describe(requireTable(store.database, requireText(input, 'DatabaseName'), requireText(input, 'TableName'))),
});
