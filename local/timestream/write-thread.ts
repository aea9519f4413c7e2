/** The thread that owns the file: all writes, and what describes databases and tables. */

import { workerData } from 'node:worker_threads';
import { refuse } from './refusal.ts';
import { serveThread } from './serve-thread.ts';
import { openForWriting } from './storage/database-file.ts';
import { createStore } from './storage/store.ts';
import type { ThreadData } from './thread-protocol.ts';
import { createDatabase } from './write/create-database.ts';
import { createTable } from './write/create-table.ts';
import { deleteDatabase } from './write/delete-database.ts';
import { deleteTable } from './write/delete-table.ts';
import { describeDatabase } from './write/describe-database.ts';
import { describeTable } from './write/describe-table.ts';
import { listDatabases } from './write/list-databases.ts';
import { listTables } from './write/list-tables.ts';
import type { WriteOperation } from './write/operation.ts';
import { updateTable } from './write/update-table.ts';
import { writeRecords } from './write/write-records.ts';

const OPERATIONS: ReadonlyMap<string, WriteOperation> = new Map(
  Object.entries({
    CreateDatabase: createDatabase,
    CreateTable: createTable,
    DeleteDatabase: deleteDatabase,
    DeleteTable: deleteTable,
    DescribeDatabase: describeDatabase,
    DescribeTable: describeTable,
    ListDatabases: listDatabases,
    ListTables: listTables,
    UpdateTable: updateTable,
    WriteRecords: writeRecords,
  }),
);

const database = openForWriting((workerData as ThreadData).path);
const store = createStore(database);

serveThread(
  (operation, input, nowMs) => {
    const perform = OPERATIONS.get(operation);
    return perform === undefined
      ? refuse('UnknownOperationException', `the local cloud does not support Timestream's ${operation}`)
      : perform({ store, nowMs }, input);
  },
  () => database.close(),
);
