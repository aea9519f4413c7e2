import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import dynalite from 'dynalite';
import putItem from 'dynalite/actions/putItem.js';
import updateItem from 'dynalite/actions/updateItem.js';
import database, { type Store, type Table } from 'dynalite/db/index.js';
import validations from 'dynalite/validations/index.js';
import * as putItemValidation from 'dynalite/validations/putItem.js';
import * as updateItemValidation from 'dynalite/validations/updateItem.js';
import { shortenWays } from './level.ts';

/** As DynamoDB's JSON has it, such as `{ "S": "centre" }`. */
export type AttributeValue = Readonly<Record<string, unknown>>;
export type Item = Readonly<Record<string, AttributeValue>>;

/** What one of dynalite's own actions refused, as DynamoDB would have answered it. */
export interface Refusal {
  /** With its namespace, such as `com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException`. */
  readonly __type: string;
  readonly message?: string;
  readonly Message?: string;
}

export interface Dynalite {
  readonly server: Server;
  /** Runs an operation without a request around it. Resolves with the refusal where it was refused. */
  perform(operation: 'PutItem' | 'UpdateItem', input: object): Promise<Refusal | undefined>;
  /** Of a table's primary key, the partition key first; none where there is no such table. */
  keyNames(tableName: string): Promise<readonly string[]>;
}

const OPERATIONS = {
  PutItem: { act: putItem, validation: putItemValidation },
  UpdateItem: { act: updateItem, validation: updateItemValidation },
};

/** dynalite over LevelDB in a directory, with its actions at hand beside its server. */
export function openDynalite(directory: string): Dynalite {
  // dynalite keeps its store to itself, and what it lacks must be built upon the store that it serves.
  let opened: Store | undefined;
  const create = database.create;
  database.create = (options) => (opened = create(options));
  const server = dynalite({ path: directory, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  database.create = create;
  assert(opened, 'dynalite made no store');
  shortenWays(opened.db);
  const store = withTablesInMemory(opened);

  return {
    server,
    async perform(operation, input) {
      const { act, validation } = OPERATIONS[operation];
      try {
        const checked = validations.checkTypes(input, validation.types);
        validations.checkValidations(checked, validation.types, validation.custom, store);
        await new Promise<void>((resolve, reject) => {
          act(store, checked, (error) => (error ? reject(error) : resolve()));
        });
        return undefined;
      } catch (error) {
        const { body } = error as { body?: Refusal };
        if (body === undefined) throw error;
        return body;
      }
    },
    keyNames: (tableName) =>
      new Promise((resolve) => {
        store.getTable(tableName, (error, table) => {
          resolve(error || !table ? [] : table.KeySchema.map(({ AttributeName }) => AttributeName));
        });
      }),
  };
}

/** dynalite reads a table's definition from the disk for each item of it. */
function withTablesInMemory(store: Store): Store {
  const known = new Map<string, Table>();
  const { tableDb } = store;
  for (const change of ['put', 'del'] as const) {
    const original = tableDb[change].bind(tableDb);
    tableDb[change] = (...parameters) => {
      known.clear();
      original(...parameters);
    };
  }
  return {
    ...store,
    getTable(name, callback) {
      const table = known.get(name);
      if (table) {
        callback(null, table);
        return;
      }
      store.getTable(name, (error, found) => {
        if (found) known.set(name, found);
        callback(error, found);
      });
    },
  };
}

/** dynalite writes an item's index entries with every write of the item; most writes change nothing in them. */
const updateIndexes = database.updateIndexes;
database.updateIndexes = (store, table, before, after, callback) => {
  const names = indexedAttributes(table);
  if (before && after && names?.every((name) => isSameValue(before[name], after[name]))) {
    callback();
  } else {
    updateIndexes(store, table, before, after, callback);
  }
};

/** By what they say: those of a request have no prototype, which makes them unlike stored ones for `isDeepStrictEqual`. */
function isSameValue(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}

/** Names of the attributes that indexes hold; undefined where one holds whole items. */
function indexedAttributes({
  LocalSecondaryIndexes = [],
  GlobalSecondaryIndexes = [],
}: Table): readonly string[] | undefined {
  const indexes = [...LocalSecondaryIndexes, ...GlobalSecondaryIndexes];
  if (indexes.some(({ Projection }) => Projection.ProjectionType === 'ALL')) return undefined;
  return indexes.flatMap(({ KeySchema, Projection }) => [
    ...KeySchema.map(({ AttributeName }) => AttributeName),
    ...(Projection.NonKeyAttributes ?? []),
  ]);
}
