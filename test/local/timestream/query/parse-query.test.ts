import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../../../local/timestream/query/parse-query.ts';
import type { Expression } from '../../../../local/timestream/query/syntax.ts';

/** An expression with all of its parentheses. */
function show(expression: Expression): string {
  switch (expression.kind) {
    case 'literal':
      return typeof expression.value === 'string' ? `'${expression.value}'` : String(expression.value);
    case 'column':
      return expression.name;
    case 'call': {
      const list = expression.star ? '*' : expression.arguments.map(show).join(', ');
      return `${expression.name}(${expression.distinct ? 'distinct ' : ''}${list})`;
    }
    case 'negate':
      return `(- ${show(expression.operand)})`;
    case 'not':
      return `(not ${show(expression.operand)})`;
    case 'binary':
      return `(${show(expression.left)} ${expression.operator} ${show(expression.right)})`;
    case 'between':
      return `(${show(expression.operand)} between ${show(expression.low)} and ${show(expression.high)})`;
    case 'in':
      return `(${show(expression.operand)} in ${expression.options.map(show).join(', ')})`;
    case 'like':
      return `(${show(expression.operand)} like ${show(expression.pattern)})`;
    case 'is-null':
      return `(${show(expression.operand)} is null)`;
    case 'cast':
      return `cast(${show(expression.operand)} as ${expression.type})`;
    default:
      throw new Error('an expression of a kind that is not known here');
  }
}

function parseExpression(text: string): string {
  const [item] = parseQuery(`SELECT ${text}`).select;
  return item?.kind === 'expression' ? show(item.expression) : '*';
}

function refusal(query: string): string {
  try {
    parseQuery(query);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'parsed';
}

describe('expressions', () => {
  it.each([
    ['1 + 2 * 3 - 4', '((1 + (2 * 3)) - 4)'],
    ['(1 + 2) * 3', '((1 + 2) * 3)'],
    ['- a * -1', '((- a) * (- 1))'],
    ['a OR b AND NOT c = 1', '(a OR (b AND (not (c = 1))))'],
    ['a BETWEEN 1 AND 2 AND b', '((a between 1 and 2) AND b)'],
    ['a NOT BETWEEN 1 + 1 AND 2', '(not (a between (1 + 1) and 2))'],
    ["a NOT IN ('x', 'it''s') AND b <> 1", "((not (a in 'x', 'it's')) AND (b <> 1))"],
    ['a != 1', '(a <> 1)'],
    ['a IS NOT NULL OR b IS NULL', '((not (a is null)) OR (b is null))'],
    ["a || 'x' LIKE 'y%'", "((a || 'x') like 'y%')"],
    ['COUNT(*) + Count(DISTINCT "a b")', '(count(*) + count(distinct a b))'],
    ['max_by("occupied ""now""", time)', 'max_by(occupied "now", time)'],
    ['bin(time, 15m)', 'bin(time, 900000000000)'],
    ["INTERVAL '2' HOUR", '7200000000000'],
    ['5ns', '5'],
    ['1us', '1000'],
    ['3ms', '3000000'],
    ['2d', '172800000000000'],
    ["TIMESTAMP '2026-11-21 08:00:00.000000001'", '1795248000000000001'],
    ["TIMESTAMP '2026-11-21'", '1795219200000000000'],
    ['measure_value::double', 'measure_value::double'],
    ['current_timestamp', 'now()'],
    ['1.5e3', '1500'],
    ['.5', '0.5'],
    ['CAST(a AS varchar)', 'cast(a as VARCHAR)'],
    ['TRUE', '1'],
    ['timestamp', 'timestamp'],
    ['/* so */ 1 -- many', '1'],
  ])('%s', (text, tree) => {
    expect(parseExpression(text)).toBe(tree);
  });
});

describe('queries', () => {
  it('have all clauses', () => {
    const query = parseQuery(`
      select distinct a as x, b y, * from "my db".table_1 where a > 1
      group by 1, bin(time, 1h) having count(*) > 2 order by x desc nulls first, 2 limit 10;`);
    expect(query).toMatchObject({
      distinct: true,
      from: { database: 'my db', table: 'table_1', at: { line: 2, column: 43 } },
      limit: 10n,
    });
    expect(query.select.map((item) => (item.kind === 'all' ? '*' : item.alias))).toEqual(['x', 'y', '*']);
    expect(query.groupBy.map(show)).toEqual(['1', 'bin(time, 3600000000000)']);
    expect(query.orderBy.map(({ descending, nullsFirst }) => [descending, nullsFirst])).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  it.each([
    ['SELECT 1 FROM a.b JOIN a.c ON 1 = 1', 'JOIN'],
    ['SELECT 1 FROM a.b LEFT JOIN a.c', 'JOIN'],
    ['SELECT 1 FROM a.b, a.c', 'JOIN'],
    ['WITH x AS (SELECT 1) SELECT 1', 'WITH'],
    ['SELECT 1 UNION SELECT 2', 'UNION'],
    ['SELECT (SELECT 1)', 'subqueries'],
    ['SELECT 1 FROM (SELECT 1)', 'subqueries'],
    ['SELECT a FROM a.b WHERE a IN (SELECT 1)', 'subqueries'],
    ['SELECT CASE WHEN 1 = 1 THEN 2 END', 'CASE'],
    ['SELECT lag(a) OVER (ORDER BY b) FROM a.b', 'window functions (OVER)'],
    ['SELECT 1 FROM a.b AS t', 'table aliases'],
    ['SELECT b.x FROM a.b', 'columns with the name of their table'],
    ['SELECT 1 FROM a.b GROUP BY ROLLUP (x)', 'GROUP BY ROLLUP'],
    ['SHOW TABLES FROM city', 'SHOW'],
    ['DESCRIBE city.observations', 'DESCRIBE'],
    ['INSERT INTO a.b VALUES (1)', 'INSERT'],
    ['DELETE FROM a.b', 'DELETE'],
    ['UNLOAD (SELECT 1) TO x', 'UNLOAD'],
    ['SELECT 1 FROM a.b LIMIT 1 OFFSET 2', 'OFFSET'],
    ["SELECT DATE '2026-11-21'", 'DATE literals'],
    ['SELECT bin(time, 1y)', 'the duration 1y'],
    ["SELECT INTERVAL '1' MONTH", 'intervals in MONTH'],
    ['SELECT CAST(a AS date)', 'CAST to date'],
  ])('%s is refused by name', (query, name) => {
    expect(refusal(query)).toContain(`the local cloud does not support ${name}`);
  });

  it.each([
    ['', 'line 1:1: '],
    ['SELECT', 'line 1:7: '],
    ['SELECT 1\n  FROM', 'line 2:7: '],
    ['SELECT 1 FROM "observations"', 'line 1:15: Database must be specified'],
    ["SELECT 'open", "line 1:8: the quote ' does not end"],
    ['SELECT a # b', 'line 1:10: unexpected #'],
    ['SELECT 1 LIMIT 1.5', 'line 1:16: '],
    ['SELECT 1; DROP TABLE x', 'line 1:11: '],
    ["SELECT TIMESTAMP '2026-02-30'", 'line 1:18: '],
    ['SELECT 300000000d', 'line 1:8: '],
    ['SELECT 12abc', 'line 1:8: '],
  ])('%s is refused where it is wrong', (query, message) => {
    expect(refusal(query)).toContain(message);
  });
});
