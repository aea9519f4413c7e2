import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenTimestream, openTimestream } from '../open.ts';

const QUERY_BYTES_MAX = 262_144;

describe('limits of a query', () => {
  let timestream: OpenTimestream;
  beforeAll(async () => {
    timestream = await openTimestream();
  });
  afterAll(() => timestream[Symbol.asyncDispose]());

  const errorOf = async (input: object): Promise<string | undefined> =>
    (await timestream.call('Query', { QueryString: 'SELECT 1', ...input })).error;

  it.each([
    [
      '256 KiB of text',
      { QueryString: 'SELECT 1'.padEnd(QUERY_BYTES_MAX) },
      { QueryString: 'SELECT 1'.padEnd(QUERY_BYTES_MAX + 1) },
    ],
    ['1000 rows a page', { MaxRows: 1000 }, { MaxRows: 1001 }],
    ['at least one row a page', { MaxRows: 1 }, { MaxRows: 0 }],
    ['a client token of 32 characters', { ClientToken: 'x'.repeat(32) }, { ClientToken: 'x'.repeat(31) }],
    ['a client token of 128 characters', { ClientToken: 'x'.repeat(128) }, { ClientToken: 'x'.repeat(129) }],
    ['500 operators', { QueryString: `SELECT 1${'+1'.repeat(500)}` }, { QueryString: `SELECT 1${'+1'.repeat(501)}` }],
    ['50 levels of parentheses', { QueryString: `SELECT ${nested(50)}` }, { QueryString: `SELECT ${nested(51)}` }],
    [
      'integers of 64 bits',
      { QueryString: 'SELECT 9223372036854775807' },
      { QueryString: 'SELECT 9223372036854775808' },
    ],
  ])('%s', async (_, atLimit, beyond) => {
    expect(await errorOf(atLimit)).toBeUndefined();
    expect(await errorOf(beyond)).toBe('ValidationException');
  });
});

function nested(depth: number): string {
  return `${'('.repeat(depth)}1${')'.repeat(depth)}`;
}
