import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenTimestream, openTimestream, record, write } from '../open.ts';

/** Pieces that mean something, so that random queries get past the first token. */
const PIECES = [
  ...'SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT AND OR NOT IN BETWEEN LIKE IS NULL DISTINCT CAST AS'.split(' '),
  ...'( ) , ; . * + - / % < > = <> || \' " -- /* */ ? [ ] @ \\ \0'.split(' '),
  ...'time level assetId measure_name city observations "city"."observations" series_1 records_1 tables'.split(' '),
  ...'count(*) max_by(level,time) bin(time,1h) ago(1h) now() load_extension(1) randomblob(9) 1 15m 1e999 0x1F'.split(
    ' ',
  ),
  "'x'",
  "TIMESTAMP '2026-11-21'",
  '\u{1F600}',
];

describe('a query that nobody should send', () => {
  let timestream: OpenTimestream;
  beforeAll(async () => {
    timestream = await openTimestream();
    await write(timestream, record());
  });
  afterAll(() => timestream[Symbol.asyncDispose]());

  const stillAnswers = async (): Promise<void> => {
    expect(await timestream.select('SELECT count(*) FROM city.observations')).toEqual([['1']]);
  };

  it('is answered or refused, never more', async () => {
    const query = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => `SELECT ${pieces.join(' ')}`);
    await fc.assert(
      fc.asyncProperty(fc.oneof(query, fc.string({ unit: 'binary' })), async (QueryString) => {
        const { status } = await timestream.call('Query', { QueryString });
        expect([200, 400]).toContain(status);
      }),
      { numRuns: 500 },
    );
    await stillAnswers();
  });

  it.each([
    "SELECT level FROM city.observations WHERE assetId = ''; DROP TABLE records_1; --'",
    "SELECT level FROM city.observations WHERE assetId = 'a' OR 1 = 1; DELETE FROM series_1",
    'SELECT "level) FROM records_1; DROP TABLE records_1; --" FROM city.observations',
    'SELECT 1 FROM "city"."observations; DROP TABLE records_1"',
    "SELECT load_extension('x')",
    'SELECT name FROM main.sqlite_master',
    'ATTACH DATABASE ? AS other',
    'PRAGMA writable_schema = 1',
    `SELECT ${'('.repeat(100_000)}`,
    `SELECT ${'-'.repeat(100_000)}1`,
    `SELECT ${'NOT '.repeat(60_000)}TRUE`,
    `SELECT 1 WHERE 1 IN (${'1,'.repeat(120_000)}1)`,
    `SELECT ${'1,'.repeat(100_000)}1`,
    `SELECT coalesce(${'1,'.repeat(60)}1)`,
    `SELECT ${'max('.repeat(40)}level${')'.repeat(40)} FROM city.observations`,
    'SELECT sum(9223372036854775807 - length(assetId) + 1 + 9223372036854775806) FROM city.observations',
    'SELECT 9223372036854775807 + 1',
    'SELECT 1 / 0',
    "SELECT CAST('warm' AS DOUBLE)",
    'SELECT ago(200d) - 20000d',
    "SELECT assetId LIKE 'a' ESCAPE 'long' FROM city.observations",
  ])('%.60s', async (QueryString) => {
    const { status, body } = await timestream.call('Query', { QueryString });
    expect([200, 400]).toContain(status);
    expect(status === 200 ? 'Rows' : 'Message' in body).toBeTruthy();
    await stillAnswers();
  });

  it.each(['{', '[]', 'null', '"text"', '{"QueryString": 1}', '{"QueryString": null}', ''])(
    'in a body such as %s',
    async (body) => {
      expect((await timestream.call('Query', body)).status).toBe(400);
      expect((await timestream.call('WriteRecords', body)).status).toBe(400);
    },
  );

  it('of an operation that does not exist', async () => {
    const { status, error, body } = await timestream.call('CreateScheduledQuery', {});
    expect([status, error]).toEqual([400, 'UnknownOperationException']);
    expect(body.Message).toContain('CreateScheduledQuery');
  });
});
