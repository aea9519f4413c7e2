/**
 * Where the contract suite runs: on the local cloud's stand-in always, and on AWS with the credentials and the region of
 * the environment when CITYWEAVE_CONTRACT_TIMESTREAM=aws is set.
 */

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { QueryCommand, type QueryCommandOutput, TimestreamQueryClient } from '@aws-sdk/client-timestream-query';
import {
  CreateDatabaseCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteDatabaseCommand,
  DeleteTableCommand,
  ListTablesCommand,
  RejectedRecordsException,
  TimestreamWriteClient,
  type _Record,
  WriteRecordsCommand,
} from '@aws-sdk/client-timestream-write';
import { afterAll, beforeAll, describe } from 'vitest';
import { createTimestream } from '../../../local/timestream/service.ts';
import { serve } from './serve.ts';

const onAws = process.env.CITYWEAVE_CONTRACT_TIMESTREAM === 'aws';

/** AWS shows a write to queries some time after it has acknowledged it. */
const VISIBLE_TIMEOUT_MS = 60_000;
const VISIBLE_POLL_MS = 2000;
const TABLE_TIMEOUT_MS = 120_000;

export interface Target {
  readonly write: TimestreamWriteClient;
  readonly query: TimestreamQueryClient;
  /** Made for this run, and deleted after it with all of its tables. */
  readonly databaseName: string;
  /** For how long a query may not yet show what was written. */
  readonly visibleTimeoutMs: number;
  close(): Promise<void>;
}

/** Defines the same tests for both places. `target` can be used within tests and hooks. */
export function describeContract(title: string, define: (target: Target) => void): void {
  describe(`${title} on the local cloud`, () => defineOn(openLocal, define));
  const aws = onAws ? 'AWS' : 'AWS (skipped: needs CITYWEAVE_CONTRACT_TIMESTREAM=aws and an account)';
  describe.skipIf(!onAws)(`${title} on ${aws}`, { timeout: TABLE_TIMEOUT_MS }, () => defineOn(openAws, define));
}

type Place = Pick<Target, 'write' | 'query' | 'visibleTimeoutMs' | 'close'>;

function defineOn(open: () => Promise<Place>, define: (target: Target) => void): void {
  const databaseName = `cityweave-contract-${randomUUID().slice(0, 8)}`;
  let place: Place | undefined;
  const opened = (): Place => {
    if (place === undefined) {
      throw new Error('the target opens before the first test');
    }
    return place;
  };
  beforeAll(async () => {
    place = await open();
    await place.write.send(new CreateDatabaseCommand({ DatabaseName: databaseName }));
  }, TABLE_TIMEOUT_MS);
  afterAll(async () => {
    await deleteDatabase(opened().write, databaseName);
    await opened().close();
  }, TABLE_TIMEOUT_MS);
  define({
    databaseName,
    get write() {
      return opened().write;
    },
    get query() {
      return opened().query;
    },
    get visibleTimeoutMs() {
      return opened().visibleTimeoutMs;
    },
    close: () => opened().close(),
  });
}

async function deleteDatabase(write: TimestreamWriteClient, DatabaseName: string): Promise<void> {
  const { Tables = [] } = await write.send(new ListTablesCommand({ DatabaseName }));
  for (const { TableName } of Tables) {
    await write.send(new DeleteTableCommand({ DatabaseName, TableName }));
  }
  const rest = Tables.length > 0 && (await write.send(new ListTablesCommand({ DatabaseName }))).Tables?.length;
  if (rest) {
    await deleteDatabase(write, DatabaseName);
    return;
  }
  await write.send(new DeleteDatabaseCommand({ DatabaseName }));
}

async function openLocal(): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), 'timestream-'));
  const timestream = await createTimestream({ directory });
  const [service] = timestream.services;
  if (service === undefined) {
    throw new Error('the stand-in has no service');
  }
  const server = await serve(service);
  const configuration = {
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  return {
    write: new TimestreamWriteClient(configuration),
    query: new TimestreamQueryClient(configuration),
    visibleTimeoutMs: 0,
    async close() {
      await server.close();
      await timestream.close();
      await rm(directory, { recursive: true });
    },
  };
}

async function openAws(): Promise<Place> {
  return {
    write: new TimestreamWriteClient({}),
    query: new TimestreamQueryClient({}),
    visibleTimeoutMs: VISIBLE_TIMEOUT_MS,
    close: () => Promise.resolve(),
  };
}

/** A table with a day in memory; by default 365 days of magnetic store that takes late records. */
export async function createTable(target: Target, properties: Partial<CreateTableCommandInput> = {}): Promise<string> {
  const TableName = `table-${randomUUID().slice(0, 8)}`;
  await target.write.send(
    new CreateTableCommand({
      DatabaseName: target.databaseName,
      TableName,
      RetentionProperties: { MemoryStoreRetentionPeriodInHours: 24, MagneticStoreRetentionPeriodInDays: 365 },
      MagneticStoreWriteProperties: { EnableMagneticStoreWrites: true },
      ...properties,
    }),
  );
  return TableName;
}

export function writeRecords(target: Target, TableName: string, Records: _Record[], CommonAttributes?: _Record) {
  return target.write.send(
    new WriteRecordsCommand({ DatabaseName: target.databaseName, TableName, Records, CommonAttributes }),
  );
}

/** The records that the write names as rejected; fails when it rejects none. */
export async function rejectionsOf(write: Promise<unknown>) {
  try {
    await write;
  } catch (error) {
    if (error instanceof RejectedRecordsException) {
      return error.RejectedRecords ?? [];
    }
    throw error;
  }
  throw new Error('the write was taken, where it was expected to be rejected');
}

/** The rows of a query as text, null for NULL. Asks again until there are `rowCount` of them, where AWS needs time. */
export async function rowsOf(target: Target, QueryString: string, rowCount: number): Promise<(string | null)[][]> {
  const deadlineMs = performance.now() + target.visibleTimeoutMs;
  for (;;) {
    const rows = await allRows(target, QueryString);
    if (rows.length === rowCount || performance.now() >= deadlineMs) {
      return rows;
    }
    await delay(VISIBLE_POLL_MS);
  }
}

async function allRows(target: Target, QueryString: string): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = [];
  let NextToken: string | undefined;
  do {
    const page: QueryCommandOutput = await target.query.send(new QueryCommand({ QueryString, NextToken }));
    for (const { Data = [] } of page.Rows ?? []) {
      rows.push(Data.map(({ ScalarValue }) => ScalarValue ?? null));
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return rows;
}

/** A reading as the history writes it, observed at this time (ns since 1970). */
export function reading(time: bigint, attributes: Readonly<Record<string, number>>, assetId = 'car-park-1'): _Record {
  return {
    Dimensions: [
      { Name: 'assetId', Value: assetId },
      { Name: 'assetType', Value: 'OffStreetParking' },
      { Name: 'zone', Value: 'centre' },
      { Name: 'source', Value: `${assetId}-sensor` },
    ],
    MeasureName: 'reading',
    MeasureValueType: 'MULTI',
    MeasureValues: Object.entries(attributes).map(([Name, value]) => ({ Name, Type: 'DOUBLE', Value: String(value) })),
    Time: time.toString(),
    TimeUnit: 'NANOSECONDS',
  };
}

/** The present time in nanoseconds, on a whole millisecond. */
export function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
