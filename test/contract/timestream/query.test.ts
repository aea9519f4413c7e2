import { randomUUID } from 'node:crypto';
import { CancelQueryCommand, QueryCommand, ValidationException } from '@aws-sdk/client-timestream-query';
import { beforeAll, expect, it } from 'vitest';
import { createTable, describeContract, nowNs, reading, rowsOf, writeRecords } from './target.ts';

const MINUTE_NS = 60_000_000_000n;
const QUARTER_NS = 15n * MINUTE_NS;

/** Twelve readings of two sensors, five minutes apart, from a whole quarter of an hour on. */
const START = ((nowNs() - 12n * 60n * MINUTE_NS) / QUARTER_NS) * QUARTER_NS;
const READINGS = Array.from({ length: 12 }, (_, index) => ({
  assetId: index % 2 === 0 ? 'east' : 'west',
  time: START + 5n * MINUTE_NS * BigInt(index) + BigInt(index),
  occupied: index * 10,
}));

describeContract('Query', (target) => {
  let table: string;
  beforeAll(async () => {
    table = await createTable(target);
    await writeRecords(
      target,
      table,
      READINGS.map(({ assetId, time, occupied }) =>
        // The attribute is absent from the last reading, and the capacity from all others.
        reading(time, occupied === 110 ? { capacity: 577 } : { occupiedSpotNumber: occupied }, assetId),
      ),
    );
    await rowsOf(target, `SELECT time FROM "${target.databaseName}"."${table}"`, READINGS.length);
  });

  const from = (): string => `FROM "${target.databaseName}"."${table}"`;
  const select = (query: string, rowCount: number): Promise<(string | null)[][]> => rowsOf(target, query, rowCount);
  const refused = (QueryString: string): Promise<string> =>
    target.query.send(new QueryCommand({ QueryString })).then(
      () => 'answered',
      (error: unknown) => (error instanceof ValidationException ? error.message : String(error)),
    );

  it('gives raw readings of a time range in order', async () => {
    const rows = await select(
      `SELECT source, to_nanoseconds(time), "occupiedSpotNumber" ${from()}
       WHERE measure_name = 'reading' AND assetId = 'west'
         AND time >= from_nanoseconds(${START}) AND time < from_milliseconds(${(START + 120n * MINUTE_NS) / 1_000_000n})
         AND "occupiedSpotNumber" IS NOT NULL ORDER BY time, source LIMIT 3`,
      3,
    );
    const west = READINGS.filter(({ assetId, occupied }) => assetId === 'west' && occupied < 110);
    expect(rows).toEqual(
      west.slice(0, 3).map(({ time, occupied }) => ['west-sensor', time.toString(), `${occupied}.0`]),
    );
  });

  it('bins by time and source', async () => {
    const rows = await select(
      `SELECT bin(time, 900s) AS start, source, count("occupiedSpotNumber"), min("occupiedSpotNumber"),
         max("occupiedSpotNumber"), avg("occupiedSpotNumber"), max_by("occupiedSpotNumber", time),
         to_nanoseconds(max(time))
       ${from()} WHERE assetId = 'east' AND "occupiedSpotNumber" IS NOT NULL
       GROUP BY bin(time, 900s), source ORDER BY 1, 2`,
      4,
    );
    // Readings 0, 2 | 4 | 6, 8 | 10 of `east` fall into the four quarters.
    expect(rows.map((row) => row.slice(2))).toEqual([
      ['2', '0.0', '20.0', '10.0', '20.0', READINGS[2]?.time.toString()],
      ['1', '40.0', '40.0', '40.0', '40.0', READINGS[4]?.time.toString()],
      ['2', '60.0', '80.0', '70.0', '80.0', READINGS[8]?.time.toString()],
      ['1', '100.0', '100.0', '100.0', '100.0', READINGS[10]?.time.toString()],
    ]);
    const start = new Date(Number(START / 1_000_000n)).toISOString().replace('T', ' ').slice(0, 19);
    expect(rows[0]?.[0]).toBe(`${start}.000000000`);
  });

  it('names columns and types', async () => {
    const QueryString = `SELECT assetId, time, occupiedSpotNumber AS occupied, count(*), now() - ago(1h), 1 = 1
      ${from()} GROUP BY assetId, time, occupiedSpotNumber`;
    const { ColumnInfo, QueryId } = await target.query.send(new QueryCommand({ QueryString }));
    expect(QueryId).toMatch(/^[A-Z0-9]+$/);
    expect(ColumnInfo?.map(({ Name, Type }) => [Name, Type?.ScalarType])).toEqual([
      ['assetId', 'VARCHAR'],
      ['time', 'TIMESTAMP'],
      ['occupied', 'DOUBLE'],
      ['_col3', 'BIGINT'],
      ['_col4', 'INTERVAL_DAY_TO_SECOND'],
      ['_col5', 'BOOLEAN'],
    ]);
  });

  it.each<[string, string, (string | null)[]]>([
    ['IN', `assetId IN ('west', 'north')`, ['6']],
    ['NOT IN', `assetId NOT IN ('west')`, ['6']],
    ['BETWEEN', `occupiedSpotNumber BETWEEN 20 AND 40`, ['3']],
    ['LIKE, which minds the case', `assetId LIKE 'EAST'`, ['0']],
    ['LIKE', `assetId LIKE '_as%'`, ['6']],
    ['IS NULL', `capacity IS NULL`, ['11']],
    ['OR, AND and NOT', `NOT (assetId = 'east' OR occupiedSpotNumber > 50) AND time > ago(7d)`, ['3']],
    ['arithmetic', `occupiedSpotNumber / 10 = 3.0 AND 7 / 2 = 3 AND 7 % 4 = 3 AND -1 < 0`, ['1']],
    ['a time literal', `time > TIMESTAMP '1999-12-31 23:59:59.999999999'`, ['12']],
    ['an ISO 8601 time', `time > from_iso8601_timestamp('2099-01-01T00:00:00+08:00')`, ['0']],
    ['an interval', `time + INTERVAL '1' DAY > now()`, ['12']],
    ['CAST', `CAST(occupiedSpotNumber AS VARCHAR) = '10.0' AND CAST('3' AS BIGINT) = 3`, ['1']],
    ['no NULL in comparisons', `capacity <> 1`, ['1']],
  ])('filters by %s', async (_, condition, counts) => {
    expect(await select(`SELECT count(*) ${from()} WHERE ${condition}`, 1)).toEqual([counts]);
  });

  it.each<[string, (string | null)[]]>([
    ['count(*), count(capacity), count(DISTINCT assetId)', ['12', '1', '2']],
    ['sum(occupiedSpotNumber), avg(occupiedSpotNumber)', ['550.0', '50.0']],
    ['min_by(assetId, occupiedSpotNumber), max_by(assetId, occupiedSpotNumber)', ['east', 'east']],
    // Of 0, 10, … 100 the sample variance is 1100, the population's 1000.
    ['round(stddev(occupiedSpotNumber) * stddev(occupiedSpotNumber))', ['1100.0']],
    ['round(stddev_pop(occupiedSpotNumber) * stddev_pop(occupiedSpotNumber))', ['1000.0']],
    ['max(capacity) + 1', ['578.0']],
  ])('aggregates %s', async (expressions, values) => {
    expect(await select(`SELECT ${expressions} ${from()}`, 1)).toEqual([values]);
  });

  it('filters groups, and orders by name, place and expression with nulls last', async () => {
    const grouped = `SELECT assetId, count(capacity) AS n ${from()} GROUP BY 1`;
    expect(await select(`${grouped} HAVING count(*) > 5 ORDER BY n DESC`, 2)).toEqual([
      ['west', '1'],
      ['east', '0'],
    ]);
    const ordered = await select(`SELECT occupiedSpotNumber ${from()} ORDER BY 0 - occupiedSpotNumber`, 12);
    expect(ordered.at(0)).toEqual(['100.0']);
    expect(ordered.at(-1)).toEqual([null]);
    expect((await select(`SELECT DISTINCT assetId ${from()} ORDER BY assetId DESC`, 2)).flat()).toEqual([
      'west',
      'east',
    ]);
  });

  it('gives dimensions, measure name, time and measures for *', async () => {
    const { ColumnInfo, Rows } = await target.query.send(
      new QueryCommand({ QueryString: `SELECT * ${from()} ORDER BY time LIMIT 1` }),
    );
    const row = Object.fromEntries(
      ColumnInfo?.map(({ Name }, index) => [Name, Rows?.[0]?.Data?.[index]?.ScalarValue]) ?? [],
    );
    expect(row).toMatchObject({
      assetId: 'east',
      zone: 'centre',
      measure_name: 'reading',
      occupiedSpotNumber: '0.0',
      capacity: undefined,
    });
  });

  it('pages a result and gives the same page again for the same token', async () => {
    const QueryString = `SELECT occupiedSpotNumber ${from()} WHERE occupiedSpotNumber IS NOT NULL ORDER BY 1`;
    const values: (string | undefined)[] = [];
    const query = { QueryString, MaxRows: 4, ClientToken: randomUUID() };
    let page = await target.query.send(new QueryCommand(query));
    for (;;) {
      expect(page.Rows?.length).toBeLessThanOrEqual(4);
      values.push(...(page.Rows ?? []).map(({ Data }) => Data?.[0]?.ScalarValue));
      const { NextToken } = page;
      if (NextToken === undefined) {
        break;
      }
      page = await target.query.send(new QueryCommand({ ...query, NextToken }));
      const again = await target.query.send(new QueryCommand({ ...query, NextToken }));
      expect(again.Rows).toEqual(page.Rows);
    }
    expect(values).toEqual(['0', '10', '20', '30', '40', '50', '60', '70', '80', '90', '100'].map((n) => `${n}.0`));
  });

  it('has no further pages once a query is cancelled', async () => {
    const query = { QueryString: `SELECT time ${from()}`, MaxRows: 1 };
    const { QueryId, NextToken } = await target.query.send(new QueryCommand(query));
    await target.query.send(new CancelQueryCommand({ QueryId }));
    await expect(target.query.send(new QueryCommand({ ...query, NextToken }))).rejects.toThrow();
  });

  it.each([
    ['a column that does not exist', `SELECT nope FROM_`, /Column 'nope' does not exist/],
    ['a table that does not exist', `SELECT 1 FROM "nowhere"."nothing"`, /does not exist/],
    [
      'text compared with a number',
      `SELECT 1 FROM_ WHERE assetId = 1`,
      /cannot be applied to varchar, (integer|bigint)/,
    ],
    [
      'a column beside an aggregate',
      `SELECT assetId, count(*) FROM_`,
      /must be an aggregate expression or appear in GROUP BY/,
    ],
    ['an aggregate in WHERE', `SELECT 1 FROM_ WHERE count(*) > 1`, /cannot contain aggregat/],
    ['half a query', `SELECT FROM_`, /line 1:8/],
    ['an empty query', ' ', /./],
  ])('refuses %s', async (_, query, message) => {
    expect(await refused(query.replace('FROM_', from()))).toMatch(message);
  });
});
