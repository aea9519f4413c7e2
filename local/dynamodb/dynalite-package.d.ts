/** The package has no types of its own; its readme lists these options. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  export default function dynalite(options: {
    /** Directory of the LevelDB store; in memory without one. */
    readonly path?: string;
    /** How long tables stay CREATING, DELETING and UPDATING; 500 ms each by default. */
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }): Server;
}

declare module 'dynalite/db/index.js' {
  export interface Index {
    readonly KeySchema: readonly { readonly AttributeName: string }[];
    readonly Projection: { readonly ProjectionType: string; readonly NonKeyAttributes?: readonly string[] };
  }

  export interface Table {
    readonly KeySchema: readonly { readonly AttributeName: string }[];
    readonly LocalSecondaryIndexes?: readonly Index[];
    readonly GlobalSecondaryIndexes?: readonly Index[];
  }

  type Item = Readonly<Record<string, unknown>>;

  type Callback = (error: unknown, value?: unknown) => void;

  export type WriteOperation =
    | { readonly type: 'put'; readonly key: string; readonly value: unknown }
    | { readonly type: 'del'; readonly key: string };

  /** Of the package `level`, with callbacks where that has promises. */
  export interface LevelDatabase {
    readonly status: string;
    /** A promise where it is called without a callback. */
    get(key: string, callbackOrOptions?: Callback | Readonly<Record<string, unknown>>): unknown;
    /** Undefined where there is nothing. Throws while the database is not open. */
    getSync(key: string): unknown;
    put(key: string, value: unknown, callback: Callback): void;
    del(key: string, callback: Callback): void;
    batch(operations: readonly WriteOperation[], callback: Callback): void;
  }

  export interface Store {
    readonly db: LevelDatabase;
    readonly tableDb: Record<'put' | 'del', (...parameters: unknown[]) => void>;
    getTable(name: string, callback: (error: unknown, table?: Table) => void): void;
  }

  const database: {
    create(this: void, options: object): Store;
    updateIndexes(
      this: void,
      store: Store,
      table: Table,
      before: Item | undefined,
      after: Item | undefined,
      callback: (error?: unknown) => void,
    ): void;
  };
  export default database;
}

declare module 'dynalite/validations/index.js' {
  const validations: {
    /** Throws an error with the answer's `body`. */
    checkTypes(input: object, types: object): object;
    checkValidations(input: object, types: object, custom: unknown, store: unknown): void;
  };
  export default validations;
}

declare module 'dynalite/validations/*Item.js' {
  export const types: object;
  export const custom: unknown;
}

declare module 'dynalite/actions/*Item.js' {
  export default function act(store: unknown, input: object, callback: (error: unknown) => void): void;
}
