import { type Input, readList, readObject, refuseMember, requireText } from '../input.ts';
import { RECORD_VALUE_BYTES_MAX, RECORDS_PER_REQUEST_MAX, SERIES_BYTES_MAX } from '../limits.ts';
import { refuse } from '../refusal.ts';
import { requireTable, type Table } from '../storage/catalog.ts';
import type { RecordTable, Rejection } from '../storage/record-table.ts';
import type { TimeRecord } from '../storage/time-record.ts';
import { findIngestionPlace, type IngestionPlace } from './ingestion-window.ts';
import type { WriteOperation } from './operation.ts';
import { readRecord } from './record-input.ts';

interface RejectedRecord {
  readonly RecordIndex: number;
  readonly Reason: string;
  readonly ExistingVersion?: bigint;
}

type IngestionCount = Record<'memory' | 'magnetic', number>;

/**
 * Writes up to 100 records in one commit. A request that is malformed anywhere is refused whole (ValidationException);
 * otherwise every record is either stored or named in a RejectedRecordsException. An identical record counts as stored.
 */
export const writeRecords: WriteOperation = ({ store, nowMs }, input) => {
  const table = requireTable(store.database, requireText(input, 'DatabaseName'), requireText(input, 'TableName'));
  const records = readRecords(input);
  const rejected: RejectedRecord[] = [];
  const ingested: IngestionCount = { memory: 0, magnetic: 0 };
  store.transaction(() => {
    const recordTable = store.recordTable(table.id);
    for (const [index, record] of records.entries()) {
      const outcome = ingest(table, recordTable, record, nowMs);
      if ('reason' in outcome) {
        rejected.push(rejectedRecord(index, outcome));
      } else {
        ingested[outcome.store] += 1;
      }
    }
  });
  if (rejected.length > 0) {
    const message = 'One or more records have been rejected. See RejectedRecords for details.';
    refuse('RejectedRecordsException', message, { RejectedRecords: rejected });
  }
  return {
    RecordsIngested: { Total: records.length, MemoryStore: ingested.memory, MagneticStore: ingested.magnetic },
  };
};

function readRecords(input: Input): readonly TimeRecord[] {
  const list = readList(input, 'Records');
  if (list.length === 0 || list.length > RECORDS_PER_REQUEST_MAX) {
    refuseMember('Records', list.length, `1 to ${RECORDS_PER_REQUEST_MAX} records`);
  }
  const common = readObject(input, 'CommonAttributes') ?? {};
  return list.map((record, index) => readRecord(record, common, `Records.${index}`));
}

function ingest(
  table: Table,
  recordTable: RecordTable,
  record: TimeRecord,
  nowMs: number,
): Rejection | Exclude<IngestionPlace, { readonly store: 'none' }> {
  const reason = findOversize(record);
  if (reason !== undefined) {
    return { reason };
  }
  const place = findIngestionPlace(table, record.time, nowMs);
  return place.store === 'none' ? place : (recordTable.write(record) ?? place);
}

function findOversize({ dimensions, measures }: TimeRecord): string | undefined {
  const seriesBytes = sum(dimensions, ([name, value]) => Buffer.byteLength(name) + Buffer.byteLength(value));
  if (seriesBytes > SERIES_BYTES_MAX) {
    return `The names and values of the dimensions are ${seriesBytes} bytes; the limit is ${SERIES_BYTES_MAX}.`;
  }
  const valueBytes = sum(measures, ({ value }) => (typeof value === 'string' ? Buffer.byteLength(value) : 8));
  if (valueBytes > RECORD_VALUE_BYTES_MAX) {
    return `The measure values of the record are ${valueBytes} bytes; the limit is ${RECORD_VALUE_BYTES_MAX}.`;
  }
  return undefined;
}

function sum<Item>(items: readonly Item[], bytesOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + bytesOf(item), 0);
}

function rejectedRecord(index: number, { reason, existingVersion }: Rejection): RejectedRecord {
  return {
    RecordIndex: index,
    Reason: reason,
    ...(existingVersion !== undefined && { ExistingVersion: existingVersion }),
  };
}
