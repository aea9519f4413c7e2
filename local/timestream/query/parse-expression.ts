/** Recursive descent, one function a level of precedence, loosest first. */

import { parseLiteral } from './parse-literal.ts';
import { type Position, refuseQuery, refuseUnsupported } from './refuse-query.ts';
import type { SqlType } from './sql-type.ts';
import type { BinaryOperator, Comparison, Expression } from './syntax.ts';
import type { TokenCursor } from './token-cursor.ts';

/** Both keep a hostile query from exhausting the stack, here and in SQLite, whose expressions are 1000 deep at most. */
const NESTING_MAX = 50;
const OPERATORS_MAX = 500;

const COMPARISONS: ReadonlyMap<string, Comparison> = new Map<string, Comparison>([
  ['=', '='],
  ['<>', '<>'],
  ['!=', '<>'],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
]);

const CAST_TYPES: readonly SqlType[] = ['BIGINT', 'BOOLEAN', 'DOUBLE', 'INTEGER', 'TIMESTAMP', 'VARCHAR'];

/** Words that end an expression or begin a clause, so that they are no columns unless quoted. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'ALTER AND AS BETWEEN BY CASE CAST CREATE CROSS DELETE DESCRIBE DISTINCT DROP ELSE END ESCAPE EXCEPT EXISTS EXTRACT ' +
    'FALSE FOR FROM FULL GROUP HAVING IN INNER INSERT INTERSECT INTO IS JOIN LEFT LIKE LIMIT NATURAL NOT NULL ON OR ' +
    'ORDER OUTER RIGHT SELECT TABLE THEN TRUE UNION UNNEST USING VALUES WHEN WHERE WITH'
  ).split(' '),
);

/** Functions that are written without parentheses. */
const BARE_FUNCTIONS: ReadonlyMap<string, string> = new Map([['CURRENT_TIMESTAMP', 'now']]);

export interface ExpressionParser {
  parse(): Expression;
}

export function createExpressionParser(cursor: TokenCursor): ExpressionParser {
  let nesting = 0;
  let operators = 0;

  function nested(parse: () => Expression): Expression {
    nesting += 1;
    if (nesting > NESTING_MAX) {
      refuseQuery(cursor.peek().at, `the expression is nested deeper than ${NESTING_MAX}`);
    }
    const expression = parse();
    nesting -= 1;
    return expression;
  }

  function binary(operator: BinaryOperator, left: Expression, right: Expression, at: Position): Expression {
    operators += 1;
    if (operators > OPERATORS_MAX) {
      refuseQuery(at, `the query has more than ${OPERATORS_MAX} operators`);
    }
    return { kind: 'binary', operator, left, right, at };
  }

  function parseOr(): Expression {
    let left = parseAnd();
    for (let { at } = cursor.peek(); cursor.acceptWords('OR'); { at } = cursor.peek()) {
      left = binary('OR', left, parseAnd(), at);
    }
    return left;
  }

  function parseAnd(): Expression {
    let left = parseNot();
    for (let { at } = cursor.peek(); cursor.acceptWords('AND'); { at } = cursor.peek()) {
      left = binary('AND', left, parseNot(), at);
    }
    return left;
  }

  function parseNot(): Expression {
    const { at } = cursor.peek();
    return cursor.acceptWords('NOT') ? { kind: 'not', operand: nested(parseNot), at } : parsePredicate();
  }

  function parsePredicate(): Expression {
    const operand = parseSum();
    const { kind, text, at } = cursor.peek();
    const comparison = kind === 'symbol' ? COMPARISONS.get(text) : undefined;
    if (comparison !== undefined) {
      cursor.take();
      return binary(comparison, operand, parseSum(), at);
    }
    if (cursor.acceptWords('IS')) {
      const negated = cursor.acceptWords('NOT');
      cursor.expectWord('NULL');
      return negate(negated, { kind: 'is-null', operand, at });
    }
    const negated = cursor.acceptWords('NOT');
    if (cursor.acceptWords('BETWEEN')) {
      const low = parseSum();
      cursor.expectWord('AND');
      return negate(negated, { kind: 'between', operand, low, high: parseSum(), at });
    }
    if (cursor.acceptWords('IN')) {
      return negate(negated, { kind: 'in', operand, options: parseList(), at });
    }
    if (cursor.acceptWords('LIKE')) {
      const pattern = parseSum();
      const escape = cursor.acceptWords('ESCAPE') ? parseSum() : undefined;
      return negate(negated, { kind: 'like', operand, pattern, escape, at });
    }
    return negated ? cursor.refuseNext('BETWEEN, IN or LIKE') : operand;
  }

  function parseSum(): Expression {
    return parseChain(['+', '-', '||'], parseProduct);
  }

  function parseProduct(): Expression {
    return parseChain(['*', '/', '%'], parseSigned);
  }

  /** Operators of one precedence group from the left. */
  function parseChain(symbols: readonly BinaryOperator[], parseOperand: () => Expression): Expression {
    let left = parseOperand();
    for (;;) {
      const { at } = cursor.peek();
      const operator = symbols.find((symbol) => cursor.acceptSymbol(symbol));
      if (operator === undefined) {
        return left;
      }
      left = binary(operator, left, parseOperand(), at);
    }
  }

  function parseSigned(): Expression {
    const { at } = cursor.peek();
    if (cursor.acceptSymbol('-')) {
      return { kind: 'negate', operand: nested(parseSigned), at };
    }
    return cursor.acceptSymbol('+') ? nested(parseSigned) : parsePrimary();
  }

  function parsePrimary(): Expression {
    if (cursor.acceptSymbol('(')) {
      const expression = nested(parseOr);
      cursor.expectSymbol(')');
      return expression;
    }
    return parseLiteral(cursor) ?? parseName();
  }

  function parseName(): Expression {
    const { kind, text, at } = cursor.peek();
    if (kind === 'word' && text.toUpperCase() === 'CAST') {
      return parseCast();
    }
    const bareFunction = kind === 'word' ? BARE_FUNCTIONS.get(text.toUpperCase()) : undefined;
    if (bareFunction !== undefined) {
      cursor.take();
      return { kind: 'call', name: bareFunction, arguments: [], distinct: false, star: false, at };
    }
    const isName = kind === 'quoted' || (kind === 'word' && !RESERVED.has(text.toUpperCase()));
    if (!isName) {
      return cursor.refuseNext('an expression');
    }
    if (kind === 'word' && cursor.peek(1).kind === 'symbol' && cursor.peek(1).text === '(') {
      return parseCall();
    }
    cursor.take();
    if (cursor.acceptSymbol('.')) {
      refuseUnsupported(at, `columns with the name of their table (${text}.…)`);
    }
    return { kind: 'column', name: text, at };
  }

  function parseCall(): Expression {
    const { text, at } = cursor.take();
    const name = text.toLowerCase();
    cursor.expectSymbol('(');
    if (cursor.acceptSymbol('*')) {
      cursor.expectSymbol(')');
      return { kind: 'call', name, arguments: [], distinct: false, star: true, at };
    }
    const distinct = cursor.acceptWords('DISTINCT');
    const operands = cursor.acceptSymbol(')') ? [] : parseListRest();
    if (['OVER', 'FILTER', 'WITHIN'].includes(cursor.peek().text.toUpperCase())) {
      cursor.refuseNext('an operator');
    }
    return { kind: 'call', name, arguments: operands, distinct, star: false, at };
  }

  function parseCast(): Expression {
    const { at } = cursor.take();
    cursor.expectSymbol('(');
    const operand = nested(parseOr);
    cursor.expectWord('AS');
    const { text, at: typeAt } = cursor.take();
    const type = CAST_TYPES.find((known) => known === text.toUpperCase());
    cursor.expectSymbol(')');
    return type === undefined ? refuseUnsupported(typeAt, `CAST to ${text}`) : { kind: 'cast', operand, type, at };
  }

  function parseList(): readonly Expression[] {
    cursor.expectSymbol('(');
    return parseListRest();
  }

  function parseListRest(): readonly Expression[] {
    const expressions = [nested(parseOr)];
    while (cursor.acceptSymbol(',')) {
      expressions.push(nested(parseOr));
    }
    cursor.expectSymbol(')');
    return expressions;
  }

  return { parse: parseOr };
}

function negate(negated: boolean, expression: Expression): Expression {
  return negated ? { kind: 'not', operand: expression, at: expression.at } : expression;
}
