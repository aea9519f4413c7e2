import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../../in-transaction.ts';
import { openRecordTable, type RecordTable } from './record-table.ts';

/** The file as the writing thread holds it. */
export interface Store {
  readonly database: DatabaseSync;
  recordTable(tableId: number): RecordTable;
  forget(tableId: number): void;
  /** Commits what `work` did when it returns, and takes it back when it throws. */
  transaction<Result>(work: () => Result): Result;
}

export function createStore(database: DatabaseSync): Store {
  const recordTables = new Map<number, RecordTable>();
  return {
    database,
    recordTable(tableId) {
      const open = recordTables.get(tableId) ?? openRecordTable(database, tableId);
      recordTables.set(tableId, open);
      return open;
    },
    forget: (tableId) => void recordTables.delete(tableId),
    transaction(work) {
      try {
        return inTransaction(database, work);
      } catch (error) {
        // Open tables remember series and columns of the transaction that was taken back.
        recordTables.clear();
        throw error;
      }
    },
  };
}
