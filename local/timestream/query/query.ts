import { type Input, readInteger, readText, refuseMember, requireText } from '../input.ts';
import { CLIENT_TOKEN_CHARACTERS, QUERY_BYTES_MAX, QUERY_ROWS_PER_PAGE_MAX } from '../limits.ts';
import type { ReadOperation } from './operation.ts';
import type { ResultColumn } from './translate-query.ts';

/**
 * Answers one page of a query. Unlike AWS, which may answer with a token and no rows at first, the first page has rows.
 * A client token is checked and otherwise without effect: a query changes nothing, so repeating it is harmless.
 */
export const query: ReadOperation = ({ pages, nowMs }, input) => {
  checkClientToken(input);
  const queryText = requireText(input, 'QueryString');
  if (Buffer.byteLength(queryText) > QUERY_BYTES_MAX) {
    refuseMember('QueryString', `${Buffer.byteLength(queryText)} bytes`, `at most ${QUERY_BYTES_MAX} bytes`);
  }
  const rowsMax = readInteger(input, 'MaxRows', { min: 1, max: QUERY_ROWS_PER_PAGE_MAX }) ?? Number.POSITIVE_INFINITY;
  const token = readText(input, 'NextToken');
  const request = { queryText, rowsMax, nowMs };
  const page = token === undefined ? pages.first(request) : pages.next(token, request);
  return {
    QueryId: page.queryId,
    ColumnInfo: page.columns.map(describeColumn),
    Rows: page.rows,
    ...(page.nextToken !== undefined && { NextToken: page.nextToken }),
    // Bytes scanned and metered are what AWS bills by; the local cloud does not count them.
    QueryStatus: {
      ProgressPercentage: page.nextToken === undefined ? 100 : 0,
      CumulativeBytesScanned: 0,
      CumulativeBytesMetered: 0,
    },
  };
};

function checkClientToken(input: Input): void {
  const { min, max } = CLIENT_TOKEN_CHARACTERS;
  const clientToken = readText(input, 'ClientToken');
  if (clientToken !== undefined && (clientToken.length < min || clientToken.length > max)) {
    refuseMember('ClientToken', clientToken, `${min} to ${max} characters`);
  }
}

function describeColumn({ name, type }: ResultColumn): object {
  return { Name: name, Type: { ScalarType: type } };
}
