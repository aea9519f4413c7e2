import {
  type Datum,
  QueryCommand,
  type QueryCommandOutput,
  type TimestreamQueryClient,
  ValidationException,
} from '@aws-sdk/client-timestream-query';
import {
  ValidationException as InvalidRequest,
  RejectedRecordsException,
  type TimestreamWriteClient,
  WriteRecordsCommand,
} from '@aws-sdk/client-timestream-write';
import type { AttributeValue, Observation } from '../../core/observation.ts';
import type { HistoryBin, HistoryPoint, HistoryQuery, HistoryRejection, HistoryStore } from '../../core/ports.ts';
import { forEachConcurrently } from './concurrency.ts';
import { InvalidCursorError } from './cursor.ts';
import { MEASURE_NAME, type WriteBatch, writeBatches } from './timestream-records.ts';

const WRITES_IN_FLIGHT_MAX = 8;

export interface TimestreamHistoryOptions {
  readonly write: TimestreamWriteClient;
  readonly query: TimestreamQueryClient;
  readonly database: string;
  readonly table: string;
}

/** What Timestream says of a column that no record ever had: the schema grows with what is written. */
const UNKNOWN_COLUMN = /column '?.+'? does not exist/i;

/** `HistoryStore` over Timestream for LiveAnalytics. */
export function timestreamHistoryStore({ write, query, database, table }: TimestreamHistoryOptions): HistoryStore {
  const from = `"${database}"."${table}"`;
  return {
    async write(observations) {
      const rejections: HistoryRejection[] = [];
      await forEachConcurrently(writeBatches(observations), WRITES_IN_FLIGHT_MAX, async (batch) => {
        rejections.push(...(await writeBatch(write, database, table, batch)));
      });
      return rejections;
    },

    async points(request, { limit, cursor }) {
      const attribute = quotedName(request.attribute);
      const page = await runQuery(query, {
        QueryString:
          `SELECT source, to_nanoseconds(time) AS stamp, ${attribute} AS value FROM ${from} ` +
          `WHERE ${conditions(request)} ORDER BY time ASC, source ASC`,
        MaxRows: limit,
        ...(cursor ? { NextToken: cursor } : {}),
      });
      return {
        points: rowsOf(page).map(
          (row): HistoryPoint => ({
            source: row.text('source'),
            stamp: BigInt(row.text('stamp')),
            value: row.value('value'),
          }),
        ),
        ...(page.NextToken ? { cursor: page.NextToken } : {}),
      };
    },

    async bins(request, binMs) {
      const rows = await allRows(query, binQuery(from, request, binMs));
      return rows.map(binOf);
    },
  };
}

/**
 * Only what Timestream names as rejected is missing afterwards: the valid records of the request are stored. A request
 * that it refuses as a whole, because one record is against a rule that validation did not know, is cut in halves until
 * that record stands alone, so that it costs its neighbours nothing and is never tried for ever.
 */
async function writeBatch(
  client: TimestreamWriteClient,
  database: string,
  table: string,
  batch: WriteBatch,
): Promise<HistoryRejection[]> {
  const { common, records, observations } = batch;
  try {
    await client.send(
      new WriteRecordsCommand({
        DatabaseName: database,
        TableName: table,
        CommonAttributes: common,
        Records: [...records],
      }),
    );
    return [];
  } catch (error) {
    if (error instanceof RejectedRecordsException) return rejectionsOf(error, observations);
    if (!(error instanceof InvalidRequest)) throw error;
    const [only] = observations;
    if (only && observations.length === 1) return [{ readingId: only.readingId, reason: error.message }];
    const [first, second] = halves(batch);
    return [
      ...(await writeBatch(client, database, table, first)),
      ...(await writeBatch(client, database, table, second)),
    ];
  }
}

function rejectionsOf(
  { RejectedRecords: rejected = [] }: RejectedRecordsException,
  observations: readonly Observation[],
): HistoryRejection[] {
  return rejected.map(({ RecordIndex: index = -1, Reason: reason = 'no reason given' }) => ({
    readingId: observations[index]?.readingId ?? `unknown record ${index}`,
    reason,
  }));
}

function halves({ common, records, observations }: WriteBatch): [WriteBatch, WriteBatch] {
  const middle = Math.ceil(records.length / 2);
  return [
    { common, records: records.slice(0, middle), observations: observations.slice(0, middle) },
    { common, records: records.slice(middle), observations: observations.slice(middle) },
  ];
}

/** Averages and extremes exist for numbers only; `max_by` gives every kind its last value. */
function binQuery(from: string, request: HistoryQuery, binMs: number): string {
  const attribute = quotedName(request.attribute);
  const bin = `bin(time, ${binMs}ms)`;
  const numeric = request.numeric
    ? `, min(${attribute}) AS minimum, max(${attribute}) AS maximum, avg(${attribute}) AS mean`
    : '';
  return (
    `SELECT to_milliseconds(${bin}) AS startMs, source, count(${attribute}) AS readings${numeric}, ` +
    `max_by(${attribute}, time) AS newest, to_nanoseconds(max(time)) AS newestStamp FROM ${from} ` +
    `WHERE ${conditions(request)} GROUP BY ${bin}, source ORDER BY ${bin}, source`
  );
}

function binOf(row: Row): HistoryBin {
  const numeric = row.has('mean')
    ? { min: row.number('minimum'), max: row.number('maximum'), mean: row.number('mean') }
    : {};
  return {
    startMs: row.number('startMs'),
    source: row.text('source'),
    count: row.number('readings'),
    ...numeric,
    last: row.value('newest'),
    lastStamp: BigInt(row.text('newestStamp')),
  };
}

function conditions({ assetId, attribute, fromMs, toMs, source }: HistoryQuery): string {
  const terms = [
    `measure_name = '${MEASURE_NAME}'`,
    `assetId = ${quotedText(assetId)}`,
    `time >= from_milliseconds(${Math.trunc(fromMs)})`,
    `time < from_milliseconds(${Math.trunc(toMs)})`,
    `${quotedName(attribute)} IS NOT NULL`,
  ];
  if (source) terms.push(`source = ${quotedText(source)}`);
  return terms.join(' AND ');
}

/** Timestream has no bound parameters: a quote in a text is doubled, as in standard SQL. */
function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

interface QueryPage {
  readonly QueryString: string;
  readonly MaxRows?: number;
  readonly NextToken?: string;
}

type Answer = Pick<QueryCommandOutput, 'ColumnInfo' | 'Rows' | 'NextToken'>;

/** What was never written has no history, and is no error. */
async function runQuery(client: TimestreamQueryClient, page: QueryPage): Promise<Answer> {
  try {
    return await client.send(new QueryCommand(page));
  } catch (error) {
    if (!(error instanceof ValidationException)) throw error;
    if (UNKNOWN_COLUMN.test(error.message)) return { ColumnInfo: [], Rows: [], NextToken: undefined };
    if (page.NextToken) throw new InvalidCursorError(page.NextToken);
    throw error;
  }
}

async function allRows(client: TimestreamQueryClient, sql: string): Promise<Row[]> {
  const rows: Row[] = [];
  let token: string | undefined;
  do {
    const page = await runQuery(client, { QueryString: sql, ...(token ? { NextToken: token } : {}) });
    rows.push(...rowsOf(page));
    token = page.NextToken;
  } while (token);
  return rows;
}

interface Row {
  has(column: string): boolean;
  text(column: string): string;
  number(column: string): number;
  /** By the column's type: DOUBLE, BOOLEAN or VARCHAR. */
  value(column: string): AttributeValue;
}

function rowsOf({ ColumnInfo: columns = [], Rows: rows = [] }: Answer): Row[] {
  const places = new Map(
    columns.map(({ Name: name = '', Type: type }, place) => [name, { place, type: type?.ScalarType }]),
  );
  return rows.map(({ Data: data = [] }) => {
    const scalar = (column: string): string | undefined => data[places.get(column)?.place ?? -1]?.ScalarValue;
    const text = (column: string): string => {
      const found = scalar(column);
      if (found === undefined) throw new Error(`history query: no value in column "${column}"`);
      return found;
    };
    return {
      has: (column) => scalar(column) !== undefined,
      text,
      number: (column) => Number(text(column)),
      value: (column) => typedValue(places.get(column)?.type, text(column)),
    };
  });
}

function typedValue(type: string | undefined, text: NonNullable<Datum['ScalarValue']>): AttributeValue {
  if (type === 'DOUBLE' || type === 'BIGINT') return Number(text);
  if (type === 'BOOLEAN') return text === 'true';
  return text;
}
