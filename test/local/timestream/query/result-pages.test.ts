import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, NOW_NS, type OpenTimestream, openTimestream, record, write } from '../open.ts';

const ROWS = 1500;
const QueryString = 'SELECT note, time FROM city.observations ORDER BY time';

describe('pages of a result', () => {
  let timestream: OpenTimestream;
  beforeAll(async () => {
    timestream = await openTimestream();
    for (let start = 0; start < ROWS; start += 100) {
      const records = Array.from({ length: 100 }, (_, index) =>
        record({ time: NOW_NS - BigInt(ROWS - start - index), measures: { note: 'n'.repeat(1000) }, type: 'VARCHAR' }),
      );
      await write(timestream, ...records);
    }
  });
  afterAll(() => timestream[Symbol.asyncDispose]());

  const page = (input: object = {}): Promise<Answer> => timestream.call('Query', { QueryString, ...input });
  const rowsOf = ({ body }: Answer): unknown[] => body.Rows as unknown[];

  it('hold about 1 MB where the caller sets no number of rows', async () => {
    const first = await page();
    const bytes = JSON.stringify(first.body.Rows).length;
    expect(bytes).toBeGreaterThan(900_000);
    expect(bytes).toBeLessThan(1_100_000);
    const second = await page({ NextToken: first.body.NextToken });
    expect(rowsOf(first).length + rowsOf(second).length).toBe(ROWS);
    expect(second.body.NextToken).toBeUndefined();
  });

  it('show the table as it was at the first', async () => {
    const first = await page({ MaxRows: 1000 });
    await write(timestream, record({ time: NOW_NS + 1n, measures: { note: 'late' }, type: 'VARCHAR' }));
    const second = await page({ NextToken: first.body.NextToken, MaxRows: 1000 });
    expect(rowsOf(first).length + rowsOf(second).length).toBe(ROWS);
    expect(await timestream.select("SELECT count(*) FROM city.observations WHERE note = 'late'")).toEqual([['1']]);
  });

  it('belong to one query', async () => {
    const { body } = await page({ MaxRows: 10 });
    const NextToken = body.NextToken;
    expect((await page({ MaxRows: 10, NextToken })).status).toBe(200);
    expect((await page({ NextToken, QueryString: `${QueryString} ` })).error).toBe('ValidationException');
    expect((await page({ NextToken: 'forged' })).error).toBe('ValidationException');
    await timestream.call('CancelQuery', { QueryId: body.QueryId });
    expect((await page({ NextToken })).error).toBe('ValidationException');
    expect((await timestream.call('CancelQuery', { QueryId: body.QueryId })).error).toBe('ValidationException');
  });

  it('of 64 results are kept; the 65th ends the oldest', async () => {
    const query = { QueryString: 'SELECT time FROM city.observations', MaxRows: 1 };
    const begun: Answer[] = [];
    for (let index = 0; index < 65; index += 1) {
      begun.push(await page(query));
    }
    const statuses: number[] = [];
    for (const { body } of begun) {
      statuses.push((await page({ ...query, NextToken: body.NextToken })).status);
    }
    expect(statuses).toEqual([400, ...Array<number>(64).fill(200)]);
  });
});
