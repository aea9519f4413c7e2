import { localArn } from '../../aws.ts';
import type { Input } from '../input.ts';
import type { Database, Table } from '../storage/catalog.ts';
import { countTables } from '../storage/catalog.ts';
import type { Store } from '../storage/store.ts';

export interface WriteContext {
  readonly store: Store;
  readonly nowMs: number;
}

/** Returns the body of the answer; throws a refusal. */
export type WriteOperation = (context: WriteContext, input: Input) => object;

export function databaseArn(databaseName: string): string {
  return localArn('timestream', `database/${databaseName}`);
}

export function tableArn(databaseName: string, tableName: string): string {
  return localArn('timestream', `database/${databaseName}/table/${tableName}`);
}

export function describeDatabase({ store }: WriteContext, { name, createdAtMs, updatedAtMs }: Database): object {
  return {
    Arn: databaseArn(name),
    DatabaseName: name,
    TableCount: countTables(store.database, name),
    KmsKeyId: '',
    CreationTime: createdAtMs / 1000,
    LastUpdatedTime: updatedAtMs / 1000,
  };
}

export function describeTable(table: Table): object {
  return {
    Arn: tableArn(table.databaseName, table.name),
    TableName: table.name,
    DatabaseName: table.databaseName,
    TableStatus: 'ACTIVE',
    RetentionProperties: {
      MemoryStoreRetentionPeriodInHours: table.retention.memoryHours,
      MagneticStoreRetentionPeriodInDays: table.retention.magneticDays,
    },
    MagneticStoreWriteProperties: table.magneticWrites,
    Schema: { CompositePartitionKey: [{ Type: 'MEASURE' }] },
    CreationTime: table.createdAtMs / 1000,
    LastUpdatedTime: table.updatedAtMs / 1000,
  };
}
