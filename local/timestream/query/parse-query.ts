import { createExpressionParser, type ExpressionParser } from './parse-expression.ts';
import { refuseQuery, refuseUnsupported } from './refuse-query.ts';
import type { OrderItem, Query, SelectItem } from './syntax.ts';
import { createTokenCursor, isWord, type TokenCursor } from './token-cursor.ts';

/**
 * Parses the part of Timestream's SQL that the local cloud answers: one SELECT over at most one table.
 * Refuses everything else with a ValidationException that names it and where it stands.
 */
export function parseQuery(text: string): Query {
  const cursor = createTokenCursor(text);
  const expressions = createExpressionParser(cursor);
  if (!isWord(cursor.peek(), 'SELECT')) {
    cursor.refuseNext('SELECT');
  }
  cursor.take();
  const query: Query = {
    distinct: parseQuantifier(cursor),
    select: parseSeparated(cursor, () => parseSelectItem(cursor, expressions)),
    from: cursor.acceptWords('FROM') ? parseTable(cursor) : undefined,
    where: cursor.acceptWords('WHERE') ? expressions.parse() : undefined,
    groupBy: cursor.acceptWords('GROUP', 'BY') ? parseGroups(cursor, expressions) : [],
    having: cursor.acceptWords('HAVING') ? expressions.parse() : undefined,
    orderBy: cursor.acceptWords('ORDER', 'BY') ? parseSeparated(cursor, () => parseOrderItem(cursor, expressions)) : [],
    limit: cursor.acceptWords('LIMIT') ? parseLimit(cursor) : undefined,
  };
  cursor.acceptSymbol(';');
  if (cursor.peek().kind !== 'end') {
    cursor.refuseNext('the end of the query');
  }
  return query;
}

function parseQuantifier(cursor: TokenCursor): boolean {
  const distinct = cursor.acceptWords('DISTINCT');
  if (!distinct) {
    cursor.acceptWords('ALL');
  }
  return distinct;
}

function parseSeparated<Item>(cursor: TokenCursor, parseItem: () => Item): readonly Item[] {
  const items = [parseItem()];
  while (cursor.acceptSymbol(',')) {
    items.push(parseItem());
  }
  return items;
}

function parseSelectItem(cursor: TokenCursor, expressions: ExpressionParser): SelectItem {
  const { at } = cursor.peek();
  if (cursor.acceptSymbol('*')) {
    return { kind: 'all', at };
  }
  const expression = expressions.parse();
  const named = cursor.acceptWords('AS');
  return { kind: 'expression', expression, alias: parseAlias(cursor, named) };
}

/** `AS name`, or a bare name that is no keyword here. */
function parseAlias(cursor: TokenCursor, named: boolean): string | undefined {
  const { kind, text } = cursor.peek();
  const isAlias = kind === 'quoted' || (kind === 'word' && (named || !CLAUSES.has(text.toUpperCase())));
  if (isAlias) {
    return cursor.take().text;
  }
  return named ? cursor.refuseNext('a name') : undefined;
}

/** What may follow an expression of the SELECT list other than its name. */
const CLAUSES: ReadonlySet<string> = new Set(
  'FROM WHERE GROUP HAVING ORDER LIMIT OFFSET FETCH UNION EXCEPT INTERSECT OVER FILTER WITHIN WINDOW'.split(' '),
);

function parseTable(cursor: TokenCursor): Query['from'] {
  const { kind, at } = cursor.peek();
  if (kind === 'symbol' || kind === 'end') {
    if (cursor.acceptSymbol('(')) {
      cursor.refuseNext('a table');
    }
    cursor.refuseNext('a table');
  }
  const database = parseTableName(cursor);
  if (!cursor.acceptSymbol('.')) {
    refuseQuery(at, `Database must be specified: write "database"."table", not ${database}`);
  }
  const table = parseTableName(cursor);
  if (cursor.acceptSymbol(',')) {
    refuseUnsupported(at, 'JOIN (several tables in FROM)');
  }
  const next = cursor.peek();
  if (next.kind === 'quoted' || isWord(next, 'AS')) {
    refuseUnsupported(next.at, 'table aliases');
  }
  return { database, table, at };
}

function parseTableName(cursor: TokenCursor): string {
  const { kind } = cursor.peek();
  return kind === 'word' || kind === 'quoted' ? cursor.take().text : cursor.refuseNext('the name of a table');
}

function parseGroups(cursor: TokenCursor, expressions: ExpressionParser): Query['groupBy'] {
  const { text, at } = cursor.peek();
  const next = cursor.peek(1).text;
  if ((['ROLLUP', 'CUBE'].includes(text.toUpperCase()) && next === '(') || /^grouping$/i.test(text)) {
    refuseUnsupported(at, `GROUP BY ${text.toUpperCase()}`);
  }
  return parseSeparated(cursor, () => expressions.parse());
}

function parseOrderItem(cursor: TokenCursor, expressions: ExpressionParser): OrderItem {
  const expression = expressions.parse();
  const descending = cursor.acceptWords('DESC');
  if (!descending) {
    cursor.acceptWords('ASC');
  }
  const nullsFirst = cursor.acceptWords('NULLS', 'FIRST');
  if (!nullsFirst) {
    cursor.acceptWords('NULLS', 'LAST');
  }
  return { expression, descending, nullsFirst };
}

function parseLimit(cursor: TokenCursor): bigint | undefined {
  if (cursor.acceptWords('ALL')) {
    return undefined;
  }
  const { kind, text } = cursor.peek();
  if (kind !== 'number' || !/^\d{1,18}$/.test(text)) {
    cursor.refuseNext('a whole number after LIMIT');
  }
  return BigInt(cursor.take().text);
}
